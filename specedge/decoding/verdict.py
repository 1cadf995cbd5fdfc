"""What the target says to candidates, for certain and at its exits."""

from __future__ import annotations

from dataclasses import dataclass

from specedge.decoding.tree import HintSource


@dataclass(frozen=True)
class Verdict:
    """What the target says to candidates.

    Attributes:
        version: Number of choices that stood before the candidates.
        choices: What stands after them: candidates, then at most one choice of the target's own.
        accepted: How many of the choices were candidates.
        sources: Of each choice, who proposed it.
        passes: Passes through the model that this took, 0 or 1.
        seconds: Time that it took.
        tokens: Tokens that the pass ran over.
    """

    version: int
    choices: tuple[int, ...]
    accepted: int
    sources: tuple[HintSource, ...]
    passes: int
    seconds: float
    tokens: int


@dataclass(frozen=True)
class ExitGuess:
    """A verdict as an exit expects it, before the pass has ended.

    Attributes:
        layer: Index of the decoder layer that it was read from.
        choices, accepted: As in `Verdict`.
        confidence: Calibrated probability that the verdict will be this.
    """

    layer: int
    choices: tuple[int, ...]
    accepted: int
    confidence: float
