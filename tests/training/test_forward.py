from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import PreTrainedTokenizerFast, Qwen2VLForConditionalGeneration

from specedge.models import nano
from specedge.models.nano import START
from specedge.training.forward import FramesForward, patches
from specedge.training.packing import IGNORED, Packer, Question


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return nano.make_tokenizer()


@pytest.fixture(scope="module")
def model(tokenizer: PreTrainedTokenizerFast) -> Qwen2VLForConditionalGeneration:
    return nano.make_model(nano.target_config(tokenizer, layers=2), seed=0)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    size = (2, nano.FRAME_HEIGHT, nano.FRAME_WIDTH, 3)
    return np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)


def test_patches_are_those_of_the_image_processor(frames: np.ndarray) -> None:
    processor = nano.make_image_processor()
    expected = processor(images=[Image.fromarray(frame) for frame in frames], return_tensors="pt")
    ours = patches(torch.from_numpy(frames).float() / 255)
    torch.testing.assert_close(
        ours.reshape(-1, ours.shape[-1]), expected["pixel_values"], atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_questions_give_the_logits_of_the_model_itself(
    model: Qwen2VLForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    frames: np.ndarray,
    attention: str,
) -> None:
    model.set_attn_implementation(attention)
    asked = [
        [Question("goal: go", "order; sit."), Question("goal: find the red ball", "order; stop.")],
        [Question("goal: turn left", "order; stand.")],
    ]
    packed = Packer(tokenizer).pack(asked)
    forward = FramesForward(model)
    pixels = torch.from_numpy(frames).float() / 255
    with torch.no_grad():
        states = forward.layer_states(
            forward.visual_tokens(pixels), packed.tokens, packed.positions, packed.mask
        )
        logits = forward.logits(states[-1])
    for frame, questions in enumerate(asked):
        place = 2 + nano.VISUAL_TOKENS
        for question in questions:
            prompt = f"<|vision_start|>{nano.IMAGE * nano.VISUAL_TOKENS}<|vision_end|>"
            text = f"{prompt}{question.prompt}<|im_start|>{question.answer}<|im_end|>"
            ids = tokenizer(text, return_tensors="pt").input_ids
            with torch.no_grad():
                expected = model(
                    input_ids=ids,
                    mm_token_type_ids=(ids == model.config.image_token_id).int(),
                    pixel_values=patches(pixels[frame : frame + 1])[0],
                    image_grid_thw=torch.tensor([[1, 8, 14]]),
                ).logits[0, 2 + nano.VISUAL_TOKENS :]
            found = logits[frame, place : place + len(expected)]
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
            labels = packed.labels[frame, place : place + len(expected)]
            answer = tokenizer(question.answer + nano.END).input_ids
            assert labels[labels != IGNORED].tolist() == answer
            place += len(expected)


def test_texts_are_packed_as_the_tokenizer_has_them(tokenizer: PreTrainedTokenizerFast) -> None:
    texts = ("last: none\ngoal: Go to the  potted plant, 0.5 m!", "order; turn left 25 deg.")
    packed = Packer(tokenizer).pack([[Question(*texts)]])
    said = tokenizer(texts[0] + START + texts[1] + nano.END).input_ids
    begin = 2 + nano.VISUAL_TOKENS
    assert packed.tokens[0, begin : begin + len(said)].tolist() == said
