"""Questions about frames, packed into the tensors that `FramesForward` takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from specedge.models.nano import (
    COLUMNS,
    END,
    IMAGE,
    PIECE,
    ROWS,
    START,
    VISION_END,
    VISION_START,
    VISUAL_TOKENS,
)

IGNORED = -100
"""Label of a token that no loss is taken on, as torch's cross entropy has it."""
_PIECES = re.compile(PIECE)


@dataclass(frozen=True)
class Question:
    """One thing asked of a frame.

    Attributes:
        prompt: Text between the image and the answer.
        answer: Text that the model is to say.
        ends: Whether the answer is complete, so that the end token follows.
        given: What the answer goes on from: said already, not to be learnt.
        action_weight: Of the loss on the answer's actions, which follow its first semicolon.
        sight_weight: Of the loss on what stands before that.
    """

    prompt: str
    answer: str
    ends: bool = True
    given: str = ""
    action_weight: float = 1.0
    sight_weight: float = 1.0


@dataclass(frozen=True)
class Packed:
    """A batch: [B, L] tokens, labels and their weights, [3, B, L] positions, [B, 1, L, L] mask."""

    tokens: Tensor
    labels: Tensor
    weights: Tensor
    positions: Tensor
    mask: Tensor


class Packer:
    """Turns questions into tensors; every frame's questions share its visual tokens.

    Args:
        tokenizer: The nano tokenizer.
        longest: Tokens of a row at most. A row is as long as the longest of its batch; where a
            frame may have one question less if they are long ones, little of it is padding.
        multiple: Lengths are padded up to a multiple of this, so that few lengths are compiled.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, longest: int = 1024, multiple: int = 32
    ) -> None:
        self._tokenizer = tokenizer
        self._longest = longest
        self._multiple = multiple
        ids = tokenizer.convert_tokens_to_ids
        self._start, self._end, self._semicolon = ids(START), ids(END), ids(";")
        self._prefix = [ids(VISION_START), *[ids(IMAGE)] * VISUAL_TOKENS, ids(VISION_END)]
        self._known: dict[str, list[int]] = {}
        # As get_rope_index of Qwen2-VL places one image after one token.
        grid = torch.stack(
            torch.meshgrid(
                torch.arange(1), torch.arange(ROWS), torch.arange(COLUMNS), indexing="ij"
            )
        ).reshape(3, -1)
        after = 1 + max(ROWS, COLUMNS)
        self._prefix_positions = torch.cat(
            (torch.zeros(3, 1), grid + 1, torch.full((3, 1), after)), dim=1
        ).long()
        self._first_position = after + 1

    def _encode(self, text: str) -> list[int]:
        # The tokenizer splits a text in the same way first, so no token spans two pieces; and there
        # are few pieces, but no end of texts.
        ids: list[int] = []
        for piece in _PIECES.findall(text):
            if piece not in self._known:
                self._known[piece] = self._tokenizer(piece, add_special_tokens=False).input_ids
            ids += self._known[piece]
        return ids

    def fitting(self, questions: Sequence[Question]) -> int:
        """Returns how many of a frame's questions, from the first on, fit a row."""
        place = len(self._prefix)
        for count, question in enumerate(questions):
            place += len(self._encode(question.prompt)) + 1 + len(self._encode(question.given))
            place += len(self._encode(question.answer)) + question.ends
            if place > self._longest:
                return count
        return len(questions)

    def pack(self, frames: Sequence[Sequence[Question]]) -> Packed:
        """Packs the questions of each frame behind that frame's visual tokens."""
        prefix = len(self._prefix)
        encoded = []
        for questions in frames:
            rows = []
            for question in questions:
                prompt = [*self._encode(question.prompt), self._start]
                prompt += self._encode(question.given)
                answer = self._encode(question.answer) + [self._end] * question.ends
                sight = answer.index(self._semicolon) if self._semicolon in answer else len(answer)
                weights = [question.sight_weight] * sight
                weights += [question.action_weight] * (len(answer) - sight)
                rows.append((prompt, answer, weights))
            encoded.append(rows)
        longest = max(prefix + sum(len(p) + len(a) for p, a, _ in rows) for rows in encoded)
        length = -(-longest // self._multiple) * self._multiple
        batch = len(frames)
        tokens = torch.full((batch, length), self._end)
        labels = torch.full((batch, length), IGNORED)
        weights = torch.zeros(batch, length)
        positions = torch.zeros(3, batch, length, dtype=torch.long)
        # Question 0 is the shared prefix, which all may attend to; padding sees only the prefix.
        owner = torch.full((batch, length), -1)
        for index, rows in enumerate(encoded):
            tokens[index, :prefix] = torch.tensor(self._prefix)
            positions[:, index, :prefix] = self._prefix_positions
            owner[index, :prefix] = 0
            place = prefix
            for number, (prompt, answer, weight) in enumerate(rows, start=1):
                size = len(prompt) + len(answer)
                end = place + size
                tokens[index, place:end] = torch.tensor(prompt + answer)
                # The label stands where the token is predicted: one place before it.
                labels[index, place + len(prompt) - 1 : end - 1] = torch.tensor(answer)
                weights[index, place + len(prompt) - 1 : end - 1] = torch.tensor(weight)
                positions[:, index, place:end] = torch.arange(size) + self._first_position
                owner[index, place:end] = number
                place = end
        causal = torch.ones(length, length, dtype=torch.bool).tril()
        same = owner[:, :, None] == owner[:, None, :]
        shared = owner[:, None, :] == 0
        return Packed(tokens, labels, weights, positions, ((same | shared) & causal)[:, None])
