"""The second baseline: Hugging Face's own ``generate`` on the same target, with its KV cache."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList

from specedge.bench.decode.frames import BenchFrame
from specedge.bench.decode.reference import ReferenceTarget
from specedge.decoding.grammar import LONGEST_TEXT, GrammarState


@dataclass(frozen=True)
class Generated:
    """One text of ``generate``.

    Attributes:
        seconds: From the picture to the last token.
        first_token: From the picture to the first token.
        tokens: How many the text has, without the one that ends it: what `cloud` writes.
        passes: How many it took after the prompt; one for the token that ends the text, too.
        masked: Whether it needed the grammar to come to the same text.
        same: Whether it is the reference's text.
    """

    seconds: float
    first_token: float
    tokens: int
    passes: int
    masked: bool
    same: bool


@dataclass
class GenerateBaseline:
    """Runs ``generate`` frame by frame, between the turns of the modes.

    Attributes:
        target: The model, in this process; greedy, so for temperature 0 only.
        texts: What was generated so far.
    """

    target: ReferenceTarget
    texts: list[Generated] = field(default_factory=list)

    def __call__(self, frame: BenchFrame) -> None:
        """Generates one text; under the grammar's mask only if it would be another one without."""
        text = self._generate(frame, masked=False)
        self.texts.append(text if text.same else self._generate(frame, masked=True))

    @torch.inference_mode()
    def _generate(self, frame: BenchFrame, *, masked: bool) -> Generated:
        loaded = self.target.loaded
        stamps = _Stamps()
        processors: list[LogitsProcessor] = [stamps]
        started = time.monotonic()
        prompt = loaded.prompts.make(frame.jpeg, frame.context)
        ids = prompt.ids[None]
        if masked:
            processors.append(_Mask(self.target.engine.grammar.start(), ids.shape[1]))
        inputs: dict[str, Any] = dict(prompt.vision)
        if "image_grid_thw" in inputs:
            # Qwen's own processor would add it: which tokens are image.
            inputs["mm_token_type_ids"] = (ids == loaded.network.config.image_token_id).int()
        output = loaded.network.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            use_cache=True,
            max_new_tokens=LONGEST_TEXT,
            eos_token_id=loaded.tokenizer.end,
            pad_token_id=loaded.tokenizer.end,
            logits_processor=LogitsProcessorList(processors),
            **inputs,
        )
        ended = time.monotonic()
        written = output[0, ids.shape[1] :].tolist()
        tokens = [token for token in written if token != loaded.tokenizer.end]
        return Generated(
            seconds=ended - started,
            first_token=stamps.first - started,
            tokens=len(tokens),
            passes=len(written) - 1,
            masked=masked,
            same=self._text(tokens) == self._text(frame.tokens),
        )

    def _text(self, tokens: Any) -> str:
        return self.target.loaded.tokenizer.text(list(tokens))


class _Stamps(LogitsProcessor):
    """Notes when the first logits are there."""

    def __init__(self) -> None:
        self.first = 0.0

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        self.first = self.first or time.monotonic()
        return scores


class _Mask(LogitsProcessor):
    """Lets only what the grammar allows come next."""

    def __init__(self, state: GrammarState, prompt: int) -> None:
        self._state, self._prompt = state, prompt

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        written = input_ids[0, self._prompt :].tolist()
        state = self._state
        while len(state.tokens) < len(written):
            state.choose(written[len(state.tokens)])
        masked = torch.full_like(scores, float("-inf"))
        if len(state.tokens) > len(written):
            masked[0, state.tokens[len(written)]] = 0.0
        else:
            allowed = torch.from_numpy(state.allowed())
            masked[0, allowed] = scores[0, allowed]
        return masked
