"""Loading any Hugging Face image-text-to-text model by folder or name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn

from specedge.models.placement import Placement
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


def load_model(
    model: str | Path, device: str = "cpu", dtype: str = "auto", quantise: int = 0
) -> LoadedModel:
    """Loads a model with what belongs to it.

    Args:
        model: A folder, or a name on the Hugging Face hub.
        device, dtype, quantise: As in `specedge.models.placement.Placement`.

    Raises:
        ModelNotFound: it is not a model, or not one that turns images and text into text, or one
            that cannot be decoded here; the reason says which.
        BadPlacement: the machine lacks what it is to be loaded with.
    """
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    config_path = locate(model, "config.json")
    tokenizer = load_tokenizer(model)
    placement = Placement(device, dtype, quantise).arguments()
    try:
        network = transformers.AutoModelForImageTextToText.from_pretrained(model, **placement)
        prompts = PromptMaker(model, network.config)
        if not quantise:  # bitsandbytes places its weights by itself
            network = network.to(device)
    except (
        OSError,
        ValueError,
        KeyError,
        RuntimeError,
        ImportError,
        AttributeError,
        SafetensorError,
    ) as error:
        kind = model_type(config_path) or "unknown"
        reason = (str(error).strip() or repr(error)).splitlines()[0]
        raise ModelNotFound(
            f"{model} (architecture {kind}) is not an image-text-to-text model that can be loaded "
            f"on {device}: {reason}"
        ) from error
    loaded = LoadedModel(str(model), network.eval(), prompts, tokenizer)
    require_parts(loaded)
    return loaded


def require_parts(loaded: LoadedModel) -> None:
    """Makes sure that a model has all that decoding needs.

    Raises:
        ModelNotFound: it lacks something; the reason says what.
    """
    try:
        parts = (loaded.layers, loaded.final_norm, loaded.lm_head)
    except AttributeError as error:
        raise ModelNotFound(
            f"{loaded.name} cannot be decoded: it has no decoder layers to read ({error})"
        ) from error
    if any(part is None for part in parts):
        raise ModelNotFound(f"{loaded.name} cannot be decoded: it has no LM head")
    if loaded.network.config.is_encoder_decoder:
        raise ModelNotFound(
            f"{loaded.name} cannot be decoded: it reads the prompt in an encoder of its own"
        )
    _require_rollback(loaded)
    words, rows = loaded.tokenizer.tokens.vocab_size, loaded.lm_head.weight.shape[0]
    if words > rows:
        raise ModelNotFound(
            f"{loaded.name} cannot be decoded: its tokenizer has {words} tokens, its LM head only "
            f"{rows}; its files belong to different models"
        )


def _require_rollback(loaded: LoadedModel) -> None:
    from transformers.cache_utils import DynamicCache, DynamicLayer

    # The cache of a layer that looks at the picture alone is as long as the picture: what shortens
    # it to the text would cut the picture off.
    across = getattr(loaded.network.config.get_text_config(), "cross_attention_layers", None)
    if across:
        raise ModelNotFound(
            f"{loaded.name} cannot be decoded: decoder layer {across[0]} attends to the picture "
            "beside the text (cross-attention); every layer must attend to the whole text, with "
            "the picture as tokens in it"
        )
    # Rejected tokens are cut off the cache. A window has overwritten what stood before them, and a
    # recurrent state has them mixed in.
    for index, layer in enumerate(DynamicCache(config=loaded.network.config).layers):
        if type(layer) is not DynamicLayer:
            raise ModelNotFound(
                f"{loaded.name} cannot be decoded: decoder layer {index} keeps a "
                f"{type(layer).__name__}, from which rejected tokens cannot be taken out again; "
                "every layer must attend to the whole text"
            )
