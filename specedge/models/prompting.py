"""Frames and goals to model inputs, by a model's own chat template and image processor."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from specedge.commands import SYSTEM_TEXT, Context, user_text
from specedge.errors import SpecedgeError


class FrameError(SpecedgeError):
    """A frame that is not a picture."""


@dataclass(frozen=True)
class Prompt:
    """What a model reads before it answers.

    Attributes:
        ids: [L] token ids, image places included.
        vision: The image processor's tensors, by the names of the model's forward.
        image_start: Index of the first image place; what stands before it is the same for every
            frame and goal.
    """

    ids: Tensor
    vision: dict[str, Tensor] = field(default_factory=dict)
    image_start: int = 0


class PromptMaker:
    """Makes prompts for one model.

    Qwen-VL models are served by their tokenizer and image processor alone, because their combined
    processor insists on torchvision for videos; all others by their AutoProcessor.
    """

    def __init__(self, model: str | Path, config: Any) -> None:
        from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer

        self._image_token: int = config.image_token_id
        merge = getattr(getattr(config, "vision_config", None), "spatial_merge_size", None)
        self._places = None if merge is None else merge * merge
        self._tokenizer = AutoTokenizer.from_pretrained(model)
        self._template = self._tokenizer.chat_template
        if self._places is not None and self._template is not None:
            self._processor = AutoImageProcessor.from_pretrained(model)
            self._image_text = self._tokenizer.convert_ids_to_tokens(self._image_token)
        else:
            self._places = None
            self._processor = AutoProcessor.from_pretrained(model)

    def make(self, frame: bytes, context: Context) -> Prompt:
        """Makes the prompt of one turn.

        Args:
            frame: A JPEG or PNG picture.
            context: The goal and the last command.

        Raises:
            FrameError: the frame is no picture.
        """
        image = decode_frame(frame)
        if self._places is None:
            inputs = self._processor(
                images=[image], text=[self._render(self._processor, context)], return_tensors="pt"
            )
            vision = {
                name: value
                for name, value in inputs.items()
                if name not in ("input_ids", "attention_mask") and isinstance(value, Tensor)
            }
            return self._prompt(inputs["input_ids"][0], vision)
        inputs = self._processor(images=[image], return_tensors="pt")
        places = int(inputs["image_grid_thw"].prod()) // self._places
        # The goal is a user's text: special tokens written in it must not pass for the prompt's.
        text = self._render(self._tokenizer, context)
        before, _, after = text.partition(self._image_text)
        text = before + self._image_text * places + after.replace(self._image_text, "")
        ids = self._tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"][0]
        return self._prompt(ids, dict(inputs))

    def _render(self, template: Any, context: Context) -> str:
        messages = [
            {"role": "system", "content": [{"type": "text", "text": SYSTEM_TEXT}]},
            {
                "role": "user",
                "content": [{"type": "image"}, {"type": "text", "text": user_text(context)}],
            },
        ]
        return str(
            template.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        )

    def _prompt(self, ids: Tensor, vision: dict[str, Tensor]) -> Prompt:
        start = int(torch.nonzero(ids == self._image_token)[0])
        return Prompt(ids, vision, start)


def decode_frame(frame: bytes) -> Image.Image:
    """Decodes a picture to RGB.

    Raises:
        FrameError: it is none, or larger than Pillow takes.
    """
    try:
        return Image.open(io.BytesIO(frame)).convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError, ValueError) as error:
        raise FrameError(f"the frame ({len(frame)} bytes) is not a picture: {error}") from error


def model_type(config_path: Path) -> str:
    """Returns the architecture that a config.json names, "" when it names none."""
    try:
        content = json.loads(config_path.read_text(encoding="utf-8"))
    except ValueError:
        return ""
    return str(content.get("model_type", "")) if isinstance(content, dict) else ""
