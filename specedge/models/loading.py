"""Loading any Hugging Face image-text-to-text model by folder or name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from specedge.models.prompting import PromptMaker, model_type
from specedge.models.tokenizer import ModelNotFound, TokenizerFile, load_tokenizer, locate


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to decode.

    Attributes:
        name: The folder or name that it was loaded from.
        network: The transformers model, in eval mode.
        prompts: Makes its prompts.
        tokenizer: Its tokenizer as grammar and wire see it.
    """

    name: str
    network: Any
    prompts: PromptMaker
    tokenizer: TokenizerFile

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return torch.device(self.network.device)

    @property
    def layers(self) -> nn.ModuleList:
        """The decoder layers of the text part, first to last."""
        layers: nn.ModuleList = self.network.get_decoder().layers
        return layers

    @property
    def final_norm(self) -> nn.Module:
        """The norm between the last decoder layer and the LM head."""
        norm: nn.Module = self.network.get_decoder().norm
        return norm

    @property
    def lm_head(self) -> nn.Module:
        """Hidden states to logits."""
        head: nn.Module = self.network.get_output_embeddings()
        return head


def load_model(model: str | Path, device: str = "cpu") -> LoadedModel:
    """Loads a model with what belongs to it.

    Args:
        model: A folder, or a name on the Hugging Face hub.
        device: A torch device; on "cpu" weights are float32, elsewhere as they were saved.

    Raises:
        ModelNotFound: it is not a model, or not one that turns images and text into text.
    """
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    config_path = locate(model, "config.json")
    tokenizer = load_tokenizer(model)
    try:
        network = transformers.AutoModelForImageTextToText.from_pretrained(
            model, dtype=torch.float32 if device == "cpu" else "auto"
        )
        prompts = PromptMaker(model, network.config)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        kind = model_type(config_path) or "unknown"
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise ModelNotFound(
            f"{model} (architecture {kind}) is not an image-text-to-text model that can be loaded: "
            f"{reason}"
        ) from error
    loaded = LoadedModel(str(model), network.to(device).eval(), prompts, tokenizer)
    _require_parts(loaded)
    return loaded


def _require_parts(loaded: LoadedModel) -> None:
    try:
        parts = (loaded.layers, loaded.final_norm, loaded.lm_head)
    except AttributeError as error:
        raise ModelNotFound(f"{loaded.name} has no decoder layers to read: {error}") from error
    if any(part is None for part in parts):
        raise ModelNotFound(f"{loaded.name} has no LM head")
