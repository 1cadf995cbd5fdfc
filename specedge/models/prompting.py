"""Frames and goals to model inputs, by a model's own chat template and image processor."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from specedge.commands import SYSTEM_TEXT, Context, user_text
from specedge.models.frames import decode_frame
from specedge.models.images import image_reader
from specedge.models.tokenizer import ModelNotFound, locate


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

    The command language is explained in the system text; where a template knows no system role, at
    the beginning of the user's turn.

    Attributes:
        tokenizer: The model's own, as transformers has it.

    Raises:
        ValueError: the model has no chat template, or one that places no picture.
    """

    def __init__(self, model: str | Path, config: Any) -> None:
        from jinja2 import TemplateError
        from transformers import AutoTokenizer

        if getattr(config, "image_token_id", None) is None:
            raise ValueError(
                "its pictures are not part of the text, where a prompt could place them"
            )
        self._image_token: int = config.image_token_id
        self.tokenizer: Any = AutoTokenizer.from_pretrained(model)
        self._template = _chat_template(model, self.tokenizer)
        self._images = image_reader(model, config, self.tokenizer)
        self._reserved = _reserved(self.tokenizer, self._images.place)
        self._system_role = self._takes_system_role()
        try:
            rendered = self._render("a goal")
        except (TemplateError, TypeError) as error:
            raise ValueError(f"its chat template refuses a picture with a text: {error}") from error
        if rendered.count(self._images.place) != 1 or "a goal" not in rendered:
            raise ValueError("its chat template does not place one picture and one text")

    def make(self, frame: bytes, context: Context) -> Prompt:
        """Makes the prompt of one turn.

        Args:
            frame: A JPEG or PNG picture.
            context: The goal and the last command.

        Raises:
            FrameError: the frame is no picture.
        """
        image = decode_frame(frame)
        ids, vision = self._images.read(image, self._render(self._plain(user_text(context))))
        start = int(torch.nonzero(ids == self._image_token)[0])
        return Prompt(ids, vision, start)

    def _plain(self, text: str) -> str:
        """Takes out what the tokenizer would read as special: a goal is a user's text."""
        before = ""
        while text != before:  # what is left may join to another special token
            before = text
            for token in self._reserved:
                text = text.replace(token, "")
        return text

    def _render(self, text: str) -> str:
        asked = [{"type": "image"}, {"type": "text", "text": text}]
        system = [{"type": "text", "text": SYSTEM_TEXT}]
        if self._system_role:
            return self._apply(
                [{"role": "system", "content": system}, {"role": "user", "content": asked}]
            )
        return self._apply([{"role": "user", "content": system + asked}])

    def _apply(self, messages: list[dict[str, Any]]) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                messages,
                chat_template=self._template,
                add_generation_prompt=True,
                tokenize=False,
            )
        )

    def _takes_system_role(self) -> bool:
        """Whether the template writes a system text; the nano pair's leaves it out on purpose."""
        from jinja2 import TemplateError

        from specedge.models.nano import CHAT_TEMPLATE

        if self._template.strip() == CHAT_TEMPLATE.strip():
            return True
        try:
            rendered = self._apply(
                [
                    {"role": "system", "content": [{"type": "text", "text": SYSTEM_TEXT}]},
                    {"role": "user", "content": [{"type": "text", "text": "a goal"}]},
                ]
            )
        except (TemplateError, TypeError):
            return False
        return SYSTEM_TEXT in rendered


def _chat_template(model: str | Path, tokenizer: Any) -> str:
    """Returns a model's chat template.

    Older models keep one for pictures beside their tokenizer, whose own is then for text alone.
    """
    try:
        content = json.loads(locate(model, "chat_template.json").read_text(encoding="utf-8"))
        return str(content["chat_template"])
    except ModelNotFound:
        template = tokenizer.chat_template
    if template is None:
        raise ValueError("it has no chat template; an instruction-tuned model has one")
    return str(template)


def _reserved(tokenizer: Any, place: str) -> list[str]:
    """Texts that a tokenizer reads as one special token wherever they stand, longest first."""
    added = {
        str(token.content) for token in tokenizer.added_tokens_decoder.values() if token.special
    }
    return sorted({*added, *tokenizer.all_special_tokens, place}, key=lambda text: -len(text))


def model_type(config_path: Path) -> str:
    """Returns the architecture that a config.json names, "" when it names none."""
    try:
        content = json.loads(config_path.read_text(encoding="utf-8"))
    except ValueError:
        return ""
    return str(content.get("model_type", "")) if isinstance(content, dict) else ""
