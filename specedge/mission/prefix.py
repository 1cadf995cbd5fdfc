"""The verified beginning of a command while the rest is still being decoded."""

from __future__ import annotations

from specedge.commands import Action, CommandError, first_action
from specedge.edge.decoder import TokenEvent, TokenKind


class VerifiedPrefix:
    """Joins verified tokens, and sees as soon as they hold a whole first action."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._action: Action | None = None

    @property
    def text(self) -> str:
        """The verified text without a gap from its beginning."""
        parts = []
        for position in range(len(self._texts)):
            if position not in self._texts:
                break
            parts.append(self._texts[position])
        return "".join(parts)

    def add(self, event: TokenEvent) -> Action | None:
        """Takes tokens in, and returns the first action the one time that it becomes whole."""
        if event.kind is not TokenKind.VERIFIED:
            return None
        self._texts.update(enumerate(event.texts, start=event.position))
        if self._action is not None:
            return None
        try:
            self._action = first_action(self.text)
        except CommandError:
            # The whole text is judged, and refused with its reason, when it is there.
            return None
        return self._action
