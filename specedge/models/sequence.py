"""One prompt and the tokens after it, with the model's keys and values kept.

The tokens form a tree: several continuations can be read in one pass, and share what they have in
common. A token sees the prompt and its own ancestors, and stands at the position of its depth, so
it gets the logits that it would get in a text of its own (Miao et al., "SpecInfer", 2023).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specedge.errors import SpecedgeError
from specedge.models.loading import LoadedModel
from specedge.models.prompting import Prompt

Logits = NDArray[np.float32]

MASKED_ATTENTION = ("eager", "sdpa")
"""Implementations in transformers that take a 4-D additive mask as it is."""


class TreesNotSupported(SpecedgeError):
    """A model that can only read one continuation at a time."""


@dataclass(frozen=True)
class _FixedPart:
    """Keys and values of what stands before the image in every prompt."""

    ids: Tensor
    layers: list[tuple[Tensor, Tensor]]


class SequenceMaker:
    """Starts sequences of one model; computes the fixed part of the prompt once.

    Attributes:
        no_trees: Why its sequences can only be chains; "" when they can be trees.
    """

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        self._network = loaded.network
        self._rope_index = getattr(loaded.network.base_model, "get_rope_index", None)
        self._fixed: _FixedPart | None = None
        self.no_trees = _why_no_trees(loaded)

    @torch.inference_mode()
    def start(self, prompt: Prompt) -> Sequence:
        """Encodes the image and reads the prompt."""
        device = self._loaded.device
        ids = prompt.ids[None].to(device)
        vision = {name: value.to(device) for name, value in prompt.vision.items()}
        if self._rope_index is None:
            cache = self._new_cache()
            output = self._network(
                input_ids=ids, past_key_values=cache, use_cache=True, **vision, logits_to_keep=1
            )
            return self._sequence(cache, ids.shape[1], None, output)
        # Positions are passed in and not left to the model: it would keep those of the last image
        # that it saw, whosever that was.
        kinds = (ids == self._network.config.image_token_id).int()
        positions, shift = self._rope_index(ids, kinds, vision["image_grid_thw"])
        cache = self._new_cache()
        start = self._reuse_fixed(cache, ids[:, : prompt.image_start], positions)
        output = self._network(
            input_ids=ids[:, start:],
            position_ids=positions[..., start:],
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
            mm_token_type_ids=kinds[:, start:],
            **vision,
        )
        return self._sequence(cache, ids.shape[1], int(shift), output)

    def _sequence(self, cache: Any, length: int, shift: int | None, output: Any) -> Sequence:
        logits = _rows(output.logits)[-1]
        return Sequence(self._network, cache, length, shift, logits, self.no_trees)

    def _new_cache(self) -> Any:
        from transformers import DynamicCache

        return DynamicCache(config=self._network.config.get_text_config())

    def _reuse_fixed(self, cache: Any, ids: Tensor, positions: Tensor) -> int:
        """Fills the cache with the fixed part; returns its length."""
        length = ids.shape[1]
        if length == 0:
            return 0
        if self._fixed is None or not torch.equal(self._fixed.ids, ids):
            fresh = self._new_cache()
            self._network(
                input_ids=ids,
                position_ids=positions[..., :length],
                past_key_values=fresh,
                use_cache=True,
                logits_to_keep=1,
            )
            self._fixed = _FixedPart(ids, [(layer.keys, layer.values) for layer in fresh.layers])
        # Appending makes new tensors, so many sequences can begin with the same ones.
        for index, (keys, values) in enumerate(self._fixed.layers):
            cache.update(keys, values, index)
        return length


class Sequence:
    """Tokens after a prompt whose keys and values are known.

    Args:
        shift: Added to a token's place for its M-RoPE position; None for models without M-RoPE.

    Attributes:
        no_trees: Why it must stay a chain; "" when it need not.
        tokens: Those tokens.
        parents: Per token the index of the token that it follows; -1 for the prompt's end.
        prompt_logits: [vocabulary] logits of what follows the prompt.
    """

    def __init__(
        self,
        network: Any,
        cache: Any,
        prompt_length: int,
        shift: int | None,
        logits: Logits,
        no_trees: str = "",
    ) -> None:
        self.prompt_logits = logits
        self.no_trees = no_trees
        self._forget_tokens()
        self._network = network
        # A network looks through its parameters to tell: too slow to be asked in every pass.
        self._device, self._dtype = network.device, network.dtype
        self._cache = cache
        self._prompt_length = prompt_length
        self._shift = shift

    @torch.inference_mode()
    def run(self, tokens: list[int], rows: list[int], parents: list[int] | None = None) -> Logits:
        """Appends tokens in one pass.

        Args:
            tokens: At least one.
            rows: Indices into ``tokens``.
            parents: Per token what it follows, as an index into `tokens` as they are after the
                pass, -1 for the prompt's end; by default each follows the one before it.

        Returns:
            [rows, vocabulary] logits of what follows each of those tokens.

        Raises:
            TreesNotSupported: the tokens form no chain, and the model needs one.
        """
        stored = len(self.tokens)
        if parents is None:
            parents = list(range(stored - 1, stored - 1 + len(tokens)))
        self._append(tokens, parents)
        device = self._device
        chain = all(parent == index - 1 for index, parent in enumerate(self.parents))
        try:
            if self.no_trees and not chain:
                raise TreesNotSupported(self.no_trees)
            output = self._network(
                input_ids=torch.tensor([tokens], device=device),
                # Without a mask a chain takes the fastest attention there is.
                attention_mask=None if chain else self._mask(stored),
                position_ids=self._positions(stored, chain),
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=torch.tensor(rows, dtype=torch.long, device=device),
            )
        except BaseException:
            self.keep(range(stored))
            raise
        return _rows(output.logits)

    @torch.inference_mode()
    def keep(self, indices: Iterable[int]) -> None:
        """Forgets all other tokens, also those of a pass that was given up.

        Args:
            indices: Of the tokens that stay, ascending; each one's parent among them.
        """
        indices = list(indices)
        if len(indices) == len(self.tokens):
            return
        places = {-1: -1} | {index: place for place, index in enumerate(indices)}
        unmoved = next((p for p, index in enumerate(indices) if p != index), len(indices))
        length = self._prompt_length + len(indices)
        start = self._prompt_length + unmoved
        moved = torch.tensor(indices[unmoved:], device=self._device) + self._prompt_length
        for layer in self._cache.layers:
            # Layer by layer: a pass that was given up has reached some of them only.
            if len(moved):
                layer.keys[..., start:length, :] = layer.keys.index_select(-2, moved)
                layer.values[..., start:length, :] = layer.values.index_select(-2, moved)
            surplus = layer.get_seq_length() - length
            if surplus > 0:
                layer.crop(-surplus)
        tokens = [self.tokens[index] for index in indices]
        parents = [places[self.parents[index]] for index in indices]
        self._forget_tokens()
        self._append(tokens, parents)

    def find(self, tokens: list[int]) -> list[int]:
        """Returns the path of the longest beginning of a text that is stored, as indices."""
        path: list[int] = []
        for token in tokens:
            index = self._children.get((path[-1] if path else -1, token))
            if index is None:
                break
            path.append(index)
        return path

    def _forget_tokens(self) -> None:
        self.tokens: list[int] = []
        self.parents: list[int] = []
        self._depths: list[int] = []
        self._children: dict[tuple[int, int], int] = {}

    def _append(self, tokens: list[int], parents: list[int]) -> None:
        for token, parent in zip(tokens, parents, strict=True):
            self._depths.append(0 if parent < 0 else self._depths[parent] + 1)
            self._children.setdefault((parent, token), len(self.tokens))
            self.tokens.append(token)
            self.parents.append(parent)

    def _positions(self, stored: int, chain: bool) -> Tensor | None:
        if chain and self._shift is None:
            return None
        start = self._prompt_length + (self._shift or 0)
        places = torch.tensor(self._depths[stored:], device=self._device) + start
        # M-RoPE counts text alike in time, height and width.
        return places[None] if self._shift is None else places.expand(3, 1, -1)

    def _mask(self, stored: int) -> Tensor:
        """Returns the [1, 1, new, prompt + all tokens] additive mask of all new tokens."""
        visible = np.zeros((len(self.tokens) - stored, len(self.tokens)), np.bool_)
        for row, index in enumerate(range(stored, len(self.tokens))):
            above = self.parents[index]
            if above >= stored:
                visible[row] = visible[above - stored]
            while 0 <= above < stored:
                visible[row, above] = True
                above = self.parents[above]
            visible[row, index] = True
        mask = np.full(visible.shape, torch.finfo(self._dtype).min, np.float32)
        mask[visible] = 0.0
        prompt = np.zeros((len(mask), self._prompt_length), np.float32)
        whole = torch.from_numpy(np.concatenate((prompt, mask), axis=1))
        return whole.to(device=self._device, dtype=self._dtype)[None, None]


def _why_no_trees(loaded: LoadedModel) -> str:
    attention = loaded.network.config.get_text_config()._attn_implementation
    if attention in MASKED_ATTENTION:
        return ""
    return (
        f"{loaded.name} computes attention by {attention}, which takes no mask of a tree; one of "
        f"{', '.join(MASKED_ATTENTION)} does"
    )


def _rows(logits: Tensor) -> Logits:
    rows: Logits = logits[0].float().cpu().numpy()
    return rows
