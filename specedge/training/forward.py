"""The forward pass of a Qwen2-VL model over many frames, each with many questions.

transformers runs the vision tower image by image on a CPU, and one question a sequence. Training
has thirty-two frames of one size and eight questions a frame, so the vision tower is run here as
one batch, and the questions of a frame share its visual tokens behind a block mask. Both use the
model's own weights and give what the model's own forward gives (tests/training/test_forward.py).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional
from transformers import Qwen2VLForConditionalGeneration

from specedge.models.nano import FRAME_HEIGHT, FRAME_WIDTH, MERGE, PATCH

IMAGE_MEAN = (0.48145466, 0.4578275, 0.40821073)
IMAGE_STD = (0.26862954, 0.26130258, 0.27577711)
"""CLIP's channel statistics, which the Qwen2-VL image processor uses."""
PATCH_ROWS, PATCH_COLUMNS = FRAME_HEIGHT // PATCH, FRAME_WIDTH // PATCH


def patches(frames: Tensor) -> Tensor:
    """Cuts frames into patches in the order of the Qwen2-VL image processor.

    Args:
        frames: [B, FRAME_HEIGHT, FRAME_WIDTH, 3], float, 0 to 1.

    Returns:
        [B, patches, 3 * 2 * PATCH * PATCH], float; every frame stands twice along time.
    """
    mean = torch.tensor(IMAGE_MEAN, device=frames.device)
    std = torch.tensor(IMAGE_STD, device=frames.device)
    normal = ((frames - mean) / std).permute(0, 3, 1, 2)
    cut = normal.reshape(
        -1, 3, PATCH_ROWS // MERGE, MERGE, PATCH, PATCH_COLUMNS // MERGE, MERGE, PATCH
    ).permute(0, 2, 5, 3, 6, 1, 4, 7)
    flat = cut.reshape(len(frames), PATCH_ROWS * PATCH_COLUMNS, 3, 1, PATCH, PATCH)
    return flat.expand(-1, -1, -1, 2, -1, -1).reshape(len(frames), PATCH_ROWS * PATCH_COLUMNS, -1)


def _grid_positions() -> Tensor:
    rows = torch.arange(PATCH_ROWS)[:, None].expand(PATCH_ROWS, PATCH_COLUMNS)
    columns = torch.arange(PATCH_COLUMNS)[None].expand(PATCH_ROWS, PATCH_COLUMNS)
    merged = [
        grid.reshape(PATCH_ROWS // MERGE, MERGE, PATCH_COLUMNS // MERGE, MERGE)
        .transpose(1, 2)
        .flatten()
        for grid in (rows, columns)
    ]
    return torch.stack(merged, dim=-1)


def _rotate(states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = states.chunk(2, dim=-1)
    return states * cos + torch.cat((-second, first), dim=-1) * sin


def vision_block(block: torch.nn.Module, hidden: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Runs one vision block over [B, patches, width]."""
    attention = block.attn
    batch, length, width = hidden.shape
    qkv = attention.qkv(block.norm1(hidden)).reshape(batch, length, 3, attention.num_heads, -1)
    query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
    query, key = (_rotate(states, cos, sin).to(value.dtype) for states in (query, key))
    # Not the fused attention, whose gradient is slow on a CPU.
    scores = query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5
    mixed = scores.softmax(-1).to(value.dtype) @ value
    hidden = hidden + attention.proj(mixed.transpose(1, 2).reshape(batch, length, width))
    return hidden + block.mlp(block.norm2(hidden))


def text_layer(
    layer: torch.nn.Module, hidden: Tensor, mask: Tensor, cos: Tensor, sin: Tensor
) -> Tensor:
    """Runs one decoder layer over [B, L, hidden] behind a [B, 1, L, L] mask."""
    return layer(hidden, attention_mask=mask, position_embeddings=(cos, sin), use_cache=False)


class FramesForward:
    """A model's forward over frames with several questions each.

    Args:
        model: The model whose weights are used and trained.
        compiled: Whether to compile the layers; pays after some hundred steps of fixed lengths.
    """

    def __init__(self, model: Qwen2VLForConditionalGeneration, compiled: bool = False) -> None:
        self.model = model
        self._vision_block = (
            torch.compile(vision_block, dynamic=False) if compiled else vision_block
        )
        self._text_layer = torch.compile(text_layer, dynamic=False) if compiled else text_layer

    def visual_tokens(self, frames: Tensor) -> Tensor:
        """Encodes [B, H, W, 3] frames (float, 0 to 1) into [B, visual tokens, hidden]."""
        visual = self.model.model.visual
        # A convolution over whole patches is a product; its own gradient is slow on a CPU.
        weight = visual.patch_embed.proj.weight.flatten(1)
        hidden = functional.linear(patches(frames).to(weight.dtype), weight)
        cos, sin = visual.rotary_pos_emb(hidden, _grid_positions().to(frames.device))
        for block in visual.blocks:
            hidden = self._vision_block(block, hidden, cos, sin)
        merged = visual.merger(hidden)
        return merged.reshape(len(frames), -1, merged.shape[-1])

    def layer_states(
        self,
        visual: Tensor,
        tokens: Tensor,
        positions: Tensor,
        mask: Tensor,
        layers: int | None = None,
    ) -> list[Tensor]:
        """Runs the decoder layers.

        Args:
            visual: [B, visual tokens, hidden].
            tokens: [B, L] ids; the image's places follow the vision-start token.
            positions: [3, B, L] M-RoPE positions.
            mask: [B, 1, L, L] bool, True where attention is allowed.
            layers: How many to run, from the first on; all by default.

        Returns:
            One [B, L, hidden] after each layer run, before the final norm.
        """
        text = self.model.model.language_model
        embedded = text.embed_tokens(tokens)
        hidden = torch.cat(
            (embedded[:, :1], visual.to(embedded.dtype), embedded[:, 1 + visual.shape[1] :]), dim=1
        )
        cos, sin = text.rotary_emb(hidden, positions)
        if text.config._attn_implementation == "eager":
            # It is added to scores, which may be of bfloat16.
            least = torch.finfo(torch.bfloat16).min
            mask = torch.zeros(mask.shape, device=mask.device).masked_fill(~mask, least)
        states = []
        for layer in text.layers[:layers]:
            hidden = self._text_layer(layer, hidden, mask, cos, sin)
            states.append(hidden)
        return states

    def logits(self, hidden: Tensor) -> Tensor:
        """Final norm and language-model head over [..., hidden] states of any layer."""
        return self.model.lm_head(self.model.model.language_model.norm(hidden))
