"""Tiny random-weight models of several families, each with its own processor and template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file

from specedge.models import nano
from specedge.models.exits import ExitHeads

HIDDEN, LAYERS = 64, 4
EXITS = (0, 2)
IMAGE_SIZE, PATCH = 56, 14
QWEN3_VISION = {
    "depth": 3,
    "hidden_size": 32,
    "intermediate_size": 64,
    "out_hidden_size": HIDDEN,
    "num_heads": 2,
    "num_position_embeddings": 64,
    "deepstack_visual_indexes": [0, 1],
}

QWEN_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""That of Qwen2-VL, without its counting of images and videos."""
IDEFICS_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% elif line['type'] == 'image' %}<image>{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""That of SmolVLM."""
LLAVA_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{{ message['role'] | upper }}: "
    "{% for part in message['content'] | selectattr('type', 'equalto', 'image') %}<image>\n"
    "{% endfor %}"
    "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}"
    "{{ part['text'] }} {% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
"""That of LLaVA 1.5: all images first. This one refuses the system role, as some do."""


VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": IMAGE_SIZE,
    "patch_size": PATCH,
}


def _tokenizer(template: str, *special: str) -> transformers.PreTrainedTokenizerFast:
    tokenizer = nano.make_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": [*nano.SPECIAL_TOKENS, *special]})
    tokenizer.chat_template = template
    return tokenizer


def _text(tokenizer: transformers.PreTrainedTokenizerFast, **others: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **others,
    }


def _qwen(
    kind: str,
    vision: dict[str, Any],
    patch: int,
    seed: int,
    folder: Path,
    text: dict[str, Any] | None = None,
) -> None:
    tokenizer = _tokenizer(QWEN_TEMPLATE)
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]}
    ids = tokenizer.convert_tokens_to_ids
    config = getattr(transformers, f"{kind}Config")(
        text_config=_text(tokenizer, rope_parameters=rope, **(text or {})),
        vision_config=vision,
        image_token_id=ids(nano.IMAGE),
        video_token_id=ids(nano.VIDEO),
        vision_start_token_id=ids(nano.VISION_START),
        vision_end_token_id=ids(nano.VISION_END),
        tie_word_embeddings=False,
    )
    _save(getattr(transformers, f"{kind}ForConditionalGeneration"), config, seed, folder)
    tokenizer.save_pretrained(folder)
    # As large as the models on the hub allow, which is far too much for a robot.
    size = {"shortest_edge": 56 * 56, "longest_edge": 12845056}
    transformers.Qwen2VLImageProcessorPil(patch_size=patch, size=size).save_pretrained(folder)


def qwen2_vl(
    folder: Path, seed: int = 0, hidden: int = HIDDEN, layers: int = LAYERS, **text: Any
) -> None:
    """Saves a model of Qwen2-VL's classes."""
    vision = {"depth": 2, "embed_dim": 32, "hidden_size": hidden, "num_heads": 2, "mlp_ratio": 2}
    sizes = {"hidden_size": hidden, "intermediate_size": 2 * hidden, "num_hidden_layers": layers}
    _qwen("Qwen2VL", vision, PATCH, seed, folder, {**sizes, **text})


def qwen2_5_vl(folder: Path, seed: int = 0) -> None:
    """Saves a model of Qwen2.5-VL's classes, whose vision tower looks through windows."""
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 64,
        "out_hidden_size": HIDDEN,
        "num_heads": 2,
        "fullatt_block_indexes": [1],
    }
    _qwen("Qwen2_5_VL", vision, PATCH, seed, folder)


def qwen3_vl(folder: Path, seed: int = 0) -> None:
    """Saves a model of Qwen3-VL's classes, whose vision tower feeds several decoder layers."""
    _qwen("Qwen3VL", QWEN3_VISION, 16, seed, folder)


def smolvlm(folder: Path, seed: int = 0) -> None:
    """Saves a model of SmolVLM's classes (Idefics3)."""
    tiles = [f"<row_{row}_col_{column}>" for row in range(1, 5) for column in range(1, 5)]
    tokenizer = _tokenizer(
        IDEFICS_TEMPLATE,
        *("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", *tiles),
    )
    tokenizer.eos_token = "<end_of_utterance>"
    config = transformers.SmolVLMConfig(
        text_config={**_text(tokenizer), "model_type": "llama"},
        vision_config=VISION,
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        tie_word_embeddings=False,
    )
    _save(transformers.SmolVLMForConditionalGeneration, config, seed, folder)
    tokenizer.save_pretrained(folder)
    # The tiles of a frame would be many times the tokens of the frame.
    images = transformers.SmolVLMImageProcessorPil(
        size={"longest_edge": 4 * IMAGE_SIZE},
        max_image_size={"longest_edge": IMAGE_SIZE},
        do_image_splitting=True,
    )
    images.save_pretrained(folder)
    (folder / "processor_config.json").write_text(
        '{"processor_class": "SmolVLMProcessor", "image_seq_len": 4}'
    )


CLIP: dict[str, Any] = {"model_type": "clip_vision_model", **VISION}
SQUARE: dict[str, Any] = {
    "size": {"shortest_edge": IMAGE_SIZE},
    "crop_size": {"height": IMAGE_SIZE, "width": IMAGE_SIZE},
}
LLAVA_PLACES: dict[str, Any] = {
    "patch_size": PATCH,
    "vision_feature_select_strategy": "default",
    "num_additional_image_tokens": 1,
    "chat_template": LLAVA_TEMPLATE,
}


def llava(folder: Path, seed: int = 0) -> None:
    """Saves a model of LLaVA's classes: CLIP before Llama, plain positions, a square crop."""
    tokenizer = _tokenizer(LLAVA_TEMPLATE, "<image>")
    config = transformers.LlavaConfig(
        text_config={**_text(tokenizer), "model_type": "llama"},
        vision_config=CLIP,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        tie_word_embeddings=False,
    )
    _save(transformers.LlavaForConditionalGeneration, config, seed, folder)
    transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessorPil(**SQUARE),
        tokenizer=tokenizer,
        **LLAVA_PLACES,
    ).save_pretrained(folder)


def llava_next(folder: Path, seed: int = 0) -> None:
    """Saves a model of LLaVA-NeXT's classes, whose grids of tiles are up to five by five."""
    tokenizer = _tokenizer(LLAVA_TEMPLATE, "<image>")
    shapes = ((1, 2), (3, 5), (5, 5))
    grids = [[IMAGE_SIZE * rows, IMAGE_SIZE * columns] for rows, columns in shapes]
    config = transformers.LlavaNextConfig(
        text_config={**_text(tokenizer), "model_type": "llama"},
        vision_config=CLIP,
        image_grid_pinpoints=grids,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        tie_word_embeddings=False,
    )
    _save(transformers.LlavaNextForConditionalGeneration, config, seed, folder)
    transformers.LlavaNextProcessor(
        image_processor=transformers.LlavaNextImageProcessorPil(
            **SQUARE, image_grid_pinpoints=grids
        ),
        tokenizer=tokenizer,
        **LLAVA_PLACES,
    ).save_pretrained(folder)


def mllama(folder: Path, seed: int = 0) -> None:
    """Saves a model of Llama 3.2 Vision's classes: layers 1 and 3 look at the picture alone."""
    tokenizer = _tokenizer(LLAVA_TEMPLATE.replace("<image>", "<|image|>"), "<|image|>", "<s>")
    tokenizer.bos_token = "<s>"
    config = transformers.MllamaConfig(
        text_config={**_text(tokenizer, bos_token_id=0), "cross_attention_layers": [1, 3]},
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_global_layers": 1,
            "attention_heads": 2,
            "intermediate_layers_indices": [0],
            "vision_output_dim": 64,
            "image_size": IMAGE_SIZE,
            "patch_size": PATCH,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("<|image|>"),
    )
    _save(transformers.MllamaForConditionalGeneration, config, seed, folder)
    images = transformers.MllamaImageProcessorPil(
        size={"height": IMAGE_SIZE, "width": IMAGE_SIZE}, max_image_tiles=4
    )
    transformers.MllamaProcessor(
        image_processor=images, tokenizer=tokenizer, chat_template=tokenizer.chat_template
    ).save_pretrained(folder)


def recurrent(folder: Path, seed: int = 0) -> None:
    """Saves a model of Qwen3.5's classes: three of its four layers keep a recurrent state."""
    kinds = ["linear_attention"] * 3 + ["full_attention"]
    linear = {"linear_num_key_heads": 2, "linear_num_value_heads": 2, "layer_types": kinds}
    _qwen("Qwen3_5", {**QWEN3_VISION, "deepstack_visual_indexes": []}, 16, seed, folder, linear)


FAMILIES: dict[str, Callable[[Path, int], None]] = {
    "Qwen2-VL": qwen2_vl,
    "Qwen2.5-VL": qwen2_5_vl,
    "Qwen3-VL": qwen3_vl,
    "SmolVLM": smolvlm,
    "LLaVA": llava,
    "LLaVA-NeXT": llava_next,
}


def save_pair(family: str, folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Saves a target of a family with exits, and a draft that is the target slightly spoilt."""
    target, draft = folder / "target", folder / "draft"
    for place in (target, draft):
        place.mkdir(parents=True)
        FAMILIES[family](place, seed)
    spoil(draft, 0.1)
    return target, draft


def spoil(folder: Path, share: float) -> None:
    """Adds noise of that share of each weight's own spread."""
    generator = torch.Generator().manual_seed(0)
    weights = load_file(folder / "model.safetensors")
    spoilt = {
        name: value + share * value.std() * torch.randn(value.shape, generator=generator)
        if value.ndim > 1
        else value
        for name, value in weights.items()
    }
    save_file(spoilt, folder / "model.safetensors", metadata={"format": "pt"})


def _save(kind: Any, config: Any, seed: int, folder: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = kind(config).eval()
        with torch.no_grad():
            for parameter in model.parameters():
                # At the usual scale a random model hardly looks at what it reads.
                if parameter.ndim > 1:
                    parameter.mul_(4.0)
    model.save_pretrained(folder)
    ExitHeads(config.get_text_config().hidden_size, EXITS, rank=4).save(folder)
