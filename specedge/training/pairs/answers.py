"""What a target answers, worked out once and kept on disk: exits and drafts learn from the same.

Each sample gives the target's own text under the command grammar. Where it is known what was
answered then, the target also says at every choice of that text what it would have chosen there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from specedge.commands import GRAMMAR_VERSION
from specedge.decoding.acceptance import Sampling, choose
from specedge.decoding.grammar import CommandGrammar, GrammarError, GrammarState, has_room
from specedge.errors import SpecedgeError
from specedge.models.loading import LoadedModel
from specedge.models.sequence import SequenceMaker
from specedge.training.pairs.samples import Sample

MOST_MEASURED = 256
"""Held-out answers that anything is measured on; more would cost memory and say the same."""
LIKELIEST = 16
"""Tokens whose probabilities are kept at each choice; the others share what is left."""
SHARE_DIGITS = 4


class WrongAnswers(SpecedgeError):
    """A file of answers is not this target's."""


class Answer(msgspec.Struct, frozen=True):
    """The target along one text.

    Attributes:
        key: Of its sample.
        own: Whether the text is the target's own; otherwise it is what was answered then.
        tokens: The text, forced tokens included.
        places: Indices into ``tokens`` of those that were chosen.
        choices: What the target chooses at each of these places.
        likely: Ids of the target's `LIKELIEST` allowed tokens there, likeliest first.
        shares: Their probabilities among the allowed tokens.
    """

    key: str
    own: bool
    tokens: list[int]
    places: list[int]
    choices: list[int]
    likely: list[list[int]]
    shares: list[list[float]]

    @property
    def digest(self) -> str:
        """Hexadecimal digest of all of it."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()


Asked = tuple[Sample, Answer]
"""A sample with one answer to it."""


class _Header(msgspec.Struct, frozen=True):
    target: str
    tokenizer: str
    grammar: str
    weights: str = ""


class AnswerFile:
    """Answers of one target, a line each; those that a last line was cut off from are redone.

    Args:
        path: Made when it is missing.
        target: Name of the target.
        fingerprint: Of its tokenizer.
        weights: Fingerprint of its own files; empty for a name on the Hugging Face hub.

    Raises:
        WrongAnswers: the file is of another target, other weights, tokenizer or grammar.
    """

    def __init__(self, path: Path, target: str, fingerprint: str, weights: str = "") -> None:
        self._path = path
        header = _Header(target, fingerprint, GRAMMAR_VERSION, weights)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, list[Answer]] = {}
        if not path.exists():
            path.write_bytes(msgspec.json.encode(header) + b"\n")
            return
        first, *lines = path.read_bytes().splitlines(keepends=True) or [b""]
        try:
            found = msgspec.json.decode(first, type=_Header)
        except msgspec.MsgspecError as error:
            raise WrongAnswers(f"{path} is no file of answers: {error}") from error
        if found != header:
            raise WrongAnswers(
                f"{path} holds answers of {found.target} (grammar {found.grammar}, weights "
                f"{found.weights[:8] or 'not noted'}), not of {target} (grammar {GRAMMAR_VERSION}, "
                f"weights {weights[:8] or 'not noted'}); remove it, or give another --work folder"
            )
        whole = [line for line in lines if line.endswith(b"\n")]
        for line in whole:
            answers = msgspec.json.decode(line, type=list[Answer])
            self._known[answers[0].key] = answers
        if len(whole) < len(lines):
            with path.open("rb+") as file:
                file.truncate(len(first) + sum(map(len, whole)))

    def missing(self, samples: Sequence[Sample]) -> list[Sample]:
        """Returns the samples that have no answers yet, one of those that are the same."""
        unique = {sample.key: sample for sample in samples}
        return [sample for key, sample in unique.items() if key not in self._known]

    def of(self, sample: Sample) -> list[Answer]:
        """Returns the answers to a sample."""
        return self._known[sample.key]

    def add(self, target: LoadedModel, grammar: CommandGrammar, samples: Sequence[Sample]) -> None:
        """Has the target answer what is missing; an interrupted call goes on where it was."""
        missing = self.missing(samples)
        teller = Teller(target, grammar)
        with self._path.open("ab") as file, Progress(disable=not missing) as progress:
            for sample in progress.track(missing, description="target's answers"):
                answers = teller.answers(sample)
                file.write(msgspec.json.encode(answers) + b"\n")
                file.flush()
                self._known[sample.key] = answers
            os.fsync(file.fileno())


class Teller:
    """Has a target answer."""

    def __init__(self, target: LoadedModel, grammar: CommandGrammar) -> None:
        self._target = target
        self._grammar = grammar
        self._sequences = SequenceMaker(target)

    def answers(self, sample: Sample) -> list[Answer]:
        """Returns the target's own answer, and what it says along the recorded one."""
        own = self._own(sample)
        recorded = chosen(self._grammar, sample.command) if sample.command else None
        if recorded is None or recorded.tokens == own.tokens:
            return [own]
        return [own, self._along(sample, recorded)]

    def _own(self, sample: Sample) -> Answer:
        sequence = self._sequences.start(self._target.prompts.make(sample.frame, sample.context))
        state = self._grammar.start()
        answer = Answer(sample.key, True, state.tokens, [], [], [], [])
        while not state.complete and has_room(state):
            missing = state.tokens[len(sequence.tokens) :]
            logits = (
                sequence.run(missing, [len(missing) - 1])[0] if missing else sequence.prompt_logits
            )
            _tell(answer, state, logits)
            state.choose(answer.choices[-1])
        return answer

    def _along(self, sample: Sample, recorded: GrammarState) -> Answer:
        sequence = self._sequences.start(self._target.prompts.make(sample.frame, sample.context))
        state = self._grammar.start()
        rows: list[int] = []
        answer = Answer(sample.key, False, recorded.tokens, [], [], [], [])
        for choice in recorded.choices:
            rows.append(state.position - 1)
            state.choose(choice)
        logits = list(sequence.run(recorded.tokens, [row for row in rows if row >= 0]))
        if rows[0] < 0:
            logits.insert(0, sequence.prompt_logits)
        state = self._grammar.start()
        for choice, row in zip(recorded.choices, logits, strict=True):
            _tell(answer, state, row)
            state.choose(choice)
        return answer


def chosen(grammar: CommandGrammar, text: str) -> GrammarState | None:
    """Returns the state after a text, or None when models would not write it like this."""
    tokenizer = grammar.tokenizer
    ids = [*tokenizer.tokens.tokenize_str(text), tokenizer.end]
    state = grammar.start()
    try:
        while not state.complete and state.position < len(ids):
            state.choose(ids[state.position])
    except GrammarError:
        return None
    return state if state.complete and state.text() == text else None


def allowed_places(
    grammar: CommandGrammar, answer: Answer
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yields for each place of an answer its index, and the ids that the grammar allows there."""
    state = grammar.start()
    for place in answer.places:
        yield place, state.allowed()
        state.choose(answer.tokens[place])


def _tell(answer: Answer, state: GrammarState, logits: NDArray[np.float32]) -> None:
    allowed = state.allowed()
    answer.places.append(state.position)
    answer.choices.append(choose(logits, allowed, state.position, Sampling()))
    scores = logits[allowed].astype(np.float64)
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best = np.argsort(-shares, kind="stable")[:LIKELIEST]
    answer.likely.append(allowed[best].tolist())
    answer.shares.append([round(float(share), SHARE_DIGITS) for share in shares[best]])
