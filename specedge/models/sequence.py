"""One prompt and the tokens after it, with the model's keys and values kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from specedge.decoding.acceptance import common_prefix
from specedge.models.loading import LoadedModel
from specedge.models.prompting import Prompt

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class _FixedPart:
    """Keys and values of what stands before the image in every prompt."""

    ids: Tensor
    layers: list[tuple[Tensor, Tensor]]


class SequenceMaker:
    """Starts sequences of one model; computes the fixed part of the prompt once."""

    def __init__(self, loaded: LoadedModel) -> None:
        self._loaded = loaded
        self._network = loaded.network
        self._rope_index = getattr(loaded.network.base_model, "get_rope_index", None)
        self._fixed: _FixedPart | None = None

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
            return Sequence(self._network, cache, ids.shape[1], None, _rows(output.logits)[-1])
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
        return Sequence(self._network, cache, ids.shape[1], int(shift), _rows(output.logits)[-1])

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

    Attributes:
        tokens: Those tokens.
        prompt_logits: [vocabulary] logits of what follows the prompt.
    """

    def __init__(
        self, network: Any, cache: Any, prompt_length: int, shift: int | None, logits: Logits
    ) -> None:
        self.tokens: list[int] = []
        self.prompt_logits = logits
        self._network = network
        self._cache = cache
        self._prompt_length = prompt_length
        self._shift = shift
        self._last: Logits = logits

    @torch.inference_mode()
    def run(self, tokens: list[int], rows: list[int]) -> Logits:
        """Appends tokens in one pass.

        Args:
            tokens: At least one.
            rows: Indices into ``tokens``, ascending.

        Returns:
            [rows, vocabulary] logits of what follows each of those tokens.
        """
        first = self._prompt_length + len(self.tokens)
        device = self._network.device
        positions = None
        if self._shift is not None:
            start = first + self._shift
            positions = torch.arange(start, start + len(tokens), device=device).expand(3, 1, -1)
        try:
            output = self._network(
                input_ids=torch.tensor([tokens], device=device),
                position_ids=positions,
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=torch.tensor(rows, device=device),
            )
        except BaseException:
            self.keep(len(self.tokens))
            raise
        self.tokens += tokens
        return _rows(output.logits)

    def keep(self, count: int) -> None:
        """Forgets all but the first ``count`` tokens, also those of a pass that was given up."""
        length = self._prompt_length + count
        for layer in self._cache.layers:
            # Layer by layer: a pass that was given up has reached some of them only.
            surplus = layer.get_seq_length() - length
            if surplus > 0:
                layer.crop(-surplus)
        del self.tokens[count:]

    def logits_after(self, tokens: list[int]) -> Logits:
        """Returns the [vocabulary] logits of what follows ``tokens``, computing what is missing."""
        if not tokens:
            return self.prompt_logits
        shared = common_prefix(self.tokens, tokens)
        if shared == len(tokens) == len(self.tokens):
            return self._last
        shared = min(shared, len(tokens) - 1)
        self.keep(shared)
        missing = tokens[shared:]
        self._last = self.run(missing, [len(missing) - 1])[0]
        return self._last


def _rows(logits: Tensor) -> Logits:
    rows: Logits = logits[0].float().cpu().numpy()
    return rows
