"""The nano pair: a Qwen2-VL target and draft small enough for a laptop, with their own tokenizer.

Only sizes are chosen here; the classes are those of transformers, so that the nano pair takes the
same way through the code as Qwen2-VL-2B and 7B do.
"""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
)

FRAME_WIDTH, FRAME_HEIGHT = 196, 112
"""Pixels that the vision tower sees: 14 x 8 patches, merged two by two into 28 tokens."""
PATCH, MERGE = 14, 2
ROWS, COLUMNS = FRAME_HEIGHT // PATCH // MERGE, FRAME_WIDTH // PATCH // MERGE
VISUAL_TOKENS = ROWS * COLUMNS

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
VISION_START, VISION_END, IMAGE, VIDEO = (
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
SPECIAL_TOKENS = (PAD, START, END, VISION_START, VISION_END, IMAGE, VIDEO)

# The system text explains the language to models that have never seen it. The nano pair was trained
# on nothing else, so its template leaves the system text out.
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% elif message['role'] == 'assistant' %}"
    "<|im_start|>{{ message['content'][0]['text'] }}<|im_end|>"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>{% endif %}"
)

WORDS = """
a about again all alone am an and animal any approach around at away back backward backwards bad
ball basket be before behind bench bin black block blocked blue boat book bottle bowl box brown
bucket bus can cannot car carry cat chair check clear close closer come cone could couch cup
cushion deg degree degrees desk dog done door down drive dustbin eight eighty entrance fast few
fifteen fifty find first five flower follow for forty forward forwards found four from front
full get give go goal good gray green grey ground halt hand have head hello here hey hold home
house how hundred i in inch into is it its just lamp last leave left leg let lie light little
locate location look m make man me meter meters metre metres middle more move my name navigate
near next nine ninety no none not now object of off ok on once one onto open or orange order our
out over park person pink place plant please point position pot potted proceed pup purple put
quickly reach reached red rest return right robot room rotate round run safe search see seen
seven seventy shelf should show sidestep sit six sixty slightly slowly small sofa spin stand
stay step stop straight stroll table take ten that the them then there thing thirty this three
to toward towards traffic trash tree turn twelve twenty two unclear under unsafe until up us
wait walk wall want waste way we where white will with would yellow yes you your zero
""".split()  # noqa: SIM905 -- a list this long is read as prose
"""Every one of these, with and without a space in front, is one token; other words are spelled."""


PIECE = r" ?[A-Za-z]+| ?\d+|[^A-Za-z\d]"
"""Into such pieces a text is split before anything else; a token never spans two of them."""


def make_tokenizer() -> PreTrainedTokenizerFast:
    """Makes the byte-level BPE tokenizer of the nano pair; the same bytes every time.

    Every word of `WORDS`, every number of up to three digits that commands use and every
    punctuation mark is one token, so that a colour or a bearing is learnt as one thing.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    numbers = [str(number) for number in (*range(10), *range(10, 365, 5), 11, 12, 13)]
    pieces = [space + word for word in (*WORDS, *numbers) for space in ("", " ")]
    trainer = trainers.BpeTrainer(
        vocab_size=16384,  # never reached: training ends when every piece is one token
        min_frequency=1,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(pieces, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        eos_token=END,
        additional_special_tokens=list(SPECIAL_TOKENS),
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def make_image_processor() -> Qwen2VLImageProcessorPil:
    """Makes the image processor: any 16:9 frame becomes `FRAME_WIDTH` x `FRAME_HEIGHT` pixels."""
    return Qwen2VLImageProcessorPil(
        patch_size=PATCH,
        merge_size=MERGE,
        # A little above 196 x 112, so that rounding down to whole patches ends there.
        size={"shortest_edge": 56 * 56, "longest_edge": 22400},
    )


def _config(
    tokenizer: PreTrainedTokenizerFast,
    *,
    hidden: int,
    layers: int,
    heads: int,
    intermediate: int,
    vision_width: int,
    vision_depth: int,
) -> Qwen2VLConfig:
    head_dim = hidden // heads
    width_sections = 3 * head_dim // 16
    return Qwen2VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": hidden,
            "intermediate_size": intermediate,
            "num_hidden_layers": layers,
            "num_attention_heads": heads,
            "num_key_value_heads": heads // 2,
            "max_position_embeddings": 1024,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                # Time, height and width share the half head, as 16, 24, 24 do in Qwen2-VL.
                "mrope_section": [head_dim // 2 - 2 * width_sections, *2 * [width_sections]],
            },
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "tie_word_embeddings": True,
        },
        vision_config={
            "depth": vision_depth,
            "embed_dim": vision_width,
            "hidden_size": hidden,
            "num_heads": vision_width // 32,
            "mlp_ratio": 4,
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
            "temporal_patch_size": 2,
        },
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        video_token_id=tokenizer.convert_tokens_to_ids(VIDEO),
        vision_start_token_id=tokenizer.convert_tokens_to_ids(VISION_START),
        vision_end_token_id=tokenizer.convert_tokens_to_ids(VISION_END),
        tie_word_embeddings=True,
    )


def target_config(tokenizer: PreTrainedTokenizerFast, layers: int = 11) -> Qwen2VLConfig:
    """The target: about 12.1 million parameters at 11 layers."""
    return _config(
        tokenizer,
        hidden=256,
        layers=layers,
        heads=4,
        intermediate=704,
        vision_width=192,
        vision_depth=6,
    )


def draft_config(tokenizer: PreTrainedTokenizerFast) -> Qwen2VLConfig:
    """The draft: about 1.2 million parameters."""
    return _config(
        tokenizer,
        hidden=96,
        layers=3,
        heads=2,
        intermediate=256,
        vision_width=96,
        vision_depth=4,
    )


def make_model(config: Qwen2VLConfig, seed: int) -> Qwen2VLForConditionalGeneration:
    """Makes a model with random weights; the same weights for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Qwen2VLForConditionalGeneration(config).eval()


def save_model(model: Qwen2VLForConditionalGeneration, folder: Path) -> None:
    """Saves a model with its tokenizer and image processor as an ordinary folder."""
    model.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    make_image_processor().save_pretrained(folder)
