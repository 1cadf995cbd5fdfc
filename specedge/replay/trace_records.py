"""Where each motion of a recorded run came from; reads and writes JSON."""

from __future__ import annotations

import msgspec


class TokenTrace(msgspec.Struct, frozen=True):
    """One token of a command.

    Attributes:
        source: Who had it first, `specedge.edge.decoder.TokenSource` in lower case.
        drafted: Whether it was drafted before it was verified.
        rejected: Drafted in its place, and wrong.
        exit_layer: The early exit of the target that guessed it first; -1 for none.
        time: When it was verified, in seconds since 1970, as it was recorded.
    """

    position: int
    id: int
    text: str
    source: str
    drafted: bool = False
    rejected: tuple[str, ...] = ()
    exit_layer: int = -1
    time: float = 0.0


class MotionTrace(msgspec.Struct, frozen=True):
    """One action as it was driven.

    Attributes:
        action: As the command says it.
        begun, ended: Seconds since 1970.
        requested, commanded: Largest speeds: m/s forward, m/s to the left, rad/s to the left;
            what the action asked for, and what was sent after all limits.
        limits: Clamps and refusals meanwhile, each once.
    """

    action: str
    begun: float
    ended: float
    requested: tuple[float, float, float]
    commanded: tuple[float, float, float]
    limits: tuple[str, ...] = ()


class TurnTrace(msgspec.Struct, frozen=True, kw_only=True):
    """One command, from its frame to what the robot did.

    Attributes:
        frame: Number of the image on its topic, counted from 0; None when it is not in the bag.
        stamp: Capture time of the frame, seconds since 1970.
        mode: The mode that wrote it; empty for an order that no model gave.
        complete: Whether the turn came to its end.
        latency_ms, first_action_ms, acceptance, target_passes: As vlm_node told them.
        outcome: How the command ended; empty when the recording ends before.
    """

    turn: int
    goal_id: str
    goal: str
    frame: int | None
    stamp: float
    mode: str
    text: str
    complete: bool
    seed: int = 0
    temperature: float = 0.0
    last_command: str = ""
    last_outcome: str = ""
    latency_ms: float | None = None
    first_action_ms: float | None = None
    acceptance: float | None = None
    target_passes: int | None = None
    tokens: tuple[TokenTrace, ...] = ()
    motions: tuple[MotionTrace, ...] = ()
    outcome: str = ""


class Difference(msgspec.Struct, frozen=True):
    """A turn that says something else when it is decoded again.

    Attributes:
        frame: Number of its image.
        place: Of the first character that differs.
        replayed: The text now; empty when decoding failed.
        error: Why it failed.
    """

    turn: int
    frame: int
    place: int
    recorded: str
    replayed: str
    error: str = ""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a recorded run can be repeated and explained.

    Attributes:
        turns: Recorded turns; ``same`` of them gave the same text again.
        motions: Actions that were driven.
        untraced: What cannot be led back to a frame and tokens, one line each.
        models_known: Whether the recording tells its models, so that they could be compared.
        partial: Whether it was interrupted.
        problems: What was wrong with the bag.
        traces: Every command of the recording.
    """

    bag: str
    turns: int
    same: int
    motions: int
    differences: tuple[Difference, ...] = ()
    untraced: tuple[str, ...] = ()
    models_known: bool = False
    partial: bool = False
    problems: tuple[str, ...] = ()
    traces: tuple[TurnTrace, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything was decoded, was the same, and was explained."""
        return self.turns == self.same and not self.untraced and not self.partial
