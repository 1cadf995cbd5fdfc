"""What of the draft's tree the verifier has been told."""

from __future__ import annotations

from collections.abc import Iterator

from specedge.edge.account import Account
from specedge.edge.draft_tree import DraftTree, Node
from specedge.edge.exchange import Exchange
from specedge.edge.result import TraceKind
from specedge.protocol.messages import LONGEST_HINT, Hint

FULL = 255
"""A probability of one, in the numbers of `Hint`."""


class Hinting:
    """Sends each choice of a turn's tree as a hint, once.

    Args:
        number: Of the turn.
        tree: What has been drafted.
        exchange: Where hints go.
        account: Of the turn.
    """

    def __init__(self, number: int, tree: DraftTree, exchange: Exchange, account: Account) -> None:
        self._turn = number
        self._tree, self._exchange, self._account = tree, exchange, account
        self._next = 0

    def send(self, known: int, passed: float, least: float) -> None:
        """Sends what is new, likely enough and in time, with the choices that lead there.

        The likeliest choice after each of them goes along, however unlikely it is: a verifier that
        does not skip forced tokens by itself runs those before a candidate in the same pass.

        Args:
            known: Choices that the verifier has verified, for all that is known here.
            passed: Choices that it will have by itself when the hint arrives.
            least: Survival below which a choice is left out.
        """
        batch: dict[Node, None] = {}
        for node in self._worth_telling(least):
            if node.number < 0 and node.depth > passed:
                path = _unsent_path(node, known)
                if len({**batch, **dict.fromkeys(path)}) > LONGEST_HINT:
                    break
                batch.update(dict.fromkeys(path))
        if not batch:
            return
        first = self._next
        for node in batch:
            node.number = self._next
            self._next += 1
        hint = Hint(
            self._exchange.session,
            self._turn,
            first,
            [_name(node.parent, known) for node in batch],
            [node.token for node in batch],
            [round(FULL * node.probability) for node in batch],
        )
        if not self._exchange.send(hint):
            self.forget()
            return
        self._account.hints_sent += len(batch)
        self._account.drafted += len(batch)
        depths = [node.depth for node in batch]
        self._account.note(TraceKind.HINTED, min(depths) - 1, len(batch))

    def _worth_telling(self, least: float) -> Iterator[Node]:
        for _, node in self._tree.hopeful(least):
            yield node
            if (likeliest := node.best()) is not None:
                yield likeliest

    def forget(self) -> None:
        """Takes it that no hint has arrived; they are sent again as far as they still matter."""
        self._tree.forget_numbers()


def _unsent_path(node: Node, known: int) -> list[Node]:
    """Returns the choices that the verifier must hear of to understand this one, in order."""
    path: list[Node] = []
    here: Node | None = node
    while here is not None and here.number < 0 and here.depth > known:
        path.append(here)
        here = here.parent
    return path[::-1]


def _name(parent: Node | None, known: int) -> int:
    assert parent is not None
    return -(parent.depth + 1) if parent.depth <= known else parent.number
