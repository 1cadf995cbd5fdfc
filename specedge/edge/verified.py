"""The verified text of a turn and what is shown of it: tokens drafted, verified, struck out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from specedge.decoding.acceptance import common_prefix
from specedge.decoding.grammar import CommandGrammar, GrammarError, GrammarState, require_room
from specedge.edge.decoder import TokenEvent, TokenKind, TokenSource, TurnFailed


class VerifiedText:
    """Choices that stand, and the drafted ones that are shown after them.

    Args:
        grammar: Of the text.
        on_event: Told of tokens as they come.
        elapsed: Seconds since the turn began.

    Attributes:
        state: The verified text.
        sources: Verified tokens by who had them first.
    """

    def __init__(
        self,
        grammar: CommandGrammar,
        on_event: Callable[[TokenEvent], None],
        elapsed: Callable[[], float],
    ) -> None:
        self.state = grammar.start()
        self.sources = dict.fromkeys(TokenSource, 0)
        self._grammar = grammar
        self._on_event, self._elapsed = on_event, elapsed
        self._ahead: GrammarState | None = None

    def accept(self, choices: Sequence[int], sources: Sequence[TokenSource]) -> None:
        """Takes choices into the verified text.

        Raises:
            TurnFailed: the grammar does not allow them.
            CommandTooLong: the text should have ended.
        """
        for choice, source in zip(choices, sources, strict=True):
            require_room(self.state)
            position = self.state.position
            try:
                forced = self.state.choose(choice)
            except GrammarError as error:
                raise TurnFailed(
                    f"a model said what the grammar does not allow: {error}"
                ) from error
            self._strike_contradicted()
            self._tell(TokenKind.VERIFIED, position, choice, forced, source)

    def show(self, choices: Sequence[int]) -> None:
        """Shows what is drafted after the verified text, and strikes out what was before."""
        text = [*self.state.choices, *choices]
        if self._ahead is None:
            self._ahead = self.state.fork()
        shown = self._ahead
        shared = common_prefix(shown.choices, text)
        if shared < min(len(shown.choices), len(text)):
            self._strike(shared)
        for choice in text[len(shown.choices) :]:
            if not shown.allows(choice):
                return
            position = shown.position
            self._tell(TokenKind.DRAFTED, position, choice, shown.choose(choice), TokenSource.DRAFT)

    def show_guess(self, choices: Sequence[int], known: int, exit_layer: int) -> None:
        """Shows what an exit expects after the verified text, but for the first ``known``."""
        fork = self.state.fork()
        for index, choice in enumerate(choices):
            if not fork.allows(choice):
                return
            position = fork.position
            forced = fork.choose(choice)
            if index >= known:
                source = TokenSource.EXIT
                self._tell(TokenKind.DRAFTED, position, choice, forced, source, exit_layer)

    def allows(self, choices: Sequence[int]) -> bool:
        """Whether the grammar allows these choices after the verified text."""
        fork = self.state.fork()
        for choice in choices:
            if not fork.allows(choice):
                return False
            fork.choose(choice)
        return True

    def _strike_contradicted(self) -> None:
        shown, text = self._ahead, self.state.choices
        if shown is None:
            return
        shared = common_prefix(shown.choices, text)
        if shared < min(len(shown.choices), len(text)):
            self._strike(shared)
        if len(shown.choices) < len(text):
            self._ahead = None

    def _strike(self, kept: int) -> None:
        """Strikes out what is shown after the first ``kept`` choices."""
        assert self._ahead is not None
        ids = list(self._ahead.tokens)
        self._ahead.rewind(kept)
        position = self._ahead.position
        struck = ids[position:]
        self._send(TokenKind.REJECTED, position, struck, [TokenSource.DRAFT] * len(struck), -1)

    def _tell(
        self,
        kind: TokenKind,
        position: int,
        choice: int,
        forced: list[int],
        source: TokenSource,
        exit_layer: int = -1,
    ) -> None:
        sources = [source, *[TokenSource.FORCED] * len(forced)]
        if kind is TokenKind.VERIFIED:
            for each in sources:
                self.sources[each] += 1
        self._send(kind, position, [choice, *forced], sources, exit_layer)

    def _send(
        self,
        kind: TokenKind,
        position: int,
        ids: list[int],
        sources: list[TokenSource],
        exit_layer: int,
    ) -> None:
        texts = tuple(self._grammar.tokenizer.text([token]) for token in ids)
        self._on_event(
            TokenEvent(
                kind, position, tuple(ids), texts, tuple(sources), exit_layer, self._elapsed()
            )
        )
