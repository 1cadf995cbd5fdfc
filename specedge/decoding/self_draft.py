"""The verifier's own candidates: what the target's drafting head expects to come next."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from specedge.decoding.acceptance import ranked
from specedge.decoding.grammar import GrammarState
from specedge.decoding.hints import HintRefused, HintTrie
from specedge.decoding.target import TargetTurn
from specedge.decoding.tree import HintSource
from specedge.models.ahead import AheadHead
from specedge.models.loading import LoadedModel

LEAST_LIKELY = 0.04
"""Probability of a whole path below which it is not drafted: it would hardly ever save a pass."""
BRANCHES = 4
"""Paths that are followed side by side; one step of the head costs the same for them all."""
LONGEST = 12
"""Choices of a path; the head is trained on so many."""


@dataclass(frozen=True)
class _Path:
    node: int
    choices: list[int]
    probability: float


class SelfDraft:
    """Drafts from the target's last hidden state; a `CandidateSource` of the verifier.

    Args:
        head: Trained on ``loaded``.
        loaded: The target; its engine must keep hidden states.
    """

    def __init__(self, head: AheadHead, loaded: LoadedModel) -> None:
        self._head = head
        self._loaded = loaded
        self._embeddings = loaded.network.get_input_embeddings()

    @torch.inference_mode()
    def propose(self, target: TargetTurn, trie: HintTrie) -> None:
        """Adds a small tree of candidates after the verified text."""
        if target.last_hidden is None or target.state.complete or not target.state.choices:
            return
        verified = target.state.choices
        state = self._head.start(target.last_hidden[None])
        paths = [_Path(trie.after_verified(target.version), list(verified), 1.0)]
        grammar = target.state.fork()
        for _ in range(LONGEST):
            last = torch.tensor([path.choices[-1] for path in paths], device=state.device)
            state = self._head.step(state, self._embeddings(last))
            grown = self._grow(target, trie, grammar, paths, state)
            if not grown:
                return
            grown.sort(key=lambda item: -item[1].probability)
            kept = grown[:BRANCHES]
            state = state[[row for row, _ in kept]]
            paths = [path for _, path in kept]

    def _grow(
        self,
        target: TargetTurn,
        trie: HintTrie,
        grammar: GrammarState,
        paths: list[_Path],
        state: Tensor,
    ) -> list[tuple[int, _Path]]:
        """Adds the likely next choices of each path; returns those that can go on, by its row."""
        logits = self._head.logits(state, self._loaded) / self._head.temperature
        grown = []
        for row, (path, scores) in enumerate(zip(paths, logits.float().cpu().numpy(), strict=True)):
            grammar.rebase(path.choices)
            tokens, likely = ranked(scores, grammar.allowed(), grammar.position, target.sampling)
            for token, share in zip(tokens.tolist(), likely.tolist(), strict=True):
                probability = path.probability * share
                if probability < LEAST_LIKELY:
                    break
                try:
                    node = trie.add(path.node, token, share, HintSource.SELF)
                except HintRefused:
                    continue
                after = _Path(node, [*path.choices, token], probability)
                grammar.rebase(after.choices)
                if not grammar.complete:
                    grown.append((row, after))
                grammar.rebase(path.choices)
        return grown
