"""Where a free-running turn has candidates from besides its robot."""

from __future__ import annotations

from typing import Protocol

from specedge.decoding.hints import HintTrie
from specedge.decoding.target import TargetTurn


class CandidateSource(Protocol):
    """Proposes what may come next, such as the target's own draft; costs no pass."""

    def propose(self, target: TargetTurn, trie: HintTrie) -> None:
        """Adds candidates after the verified text; called in the model thread when it has grown.

        Args:
            target: The turn; `TargetTurn.state` is its text, `TargetTurn.last_hidden` what the
                last pass has left.
            trie: Takes the candidates, after ``trie.after_verified(target.version)``.
        """
