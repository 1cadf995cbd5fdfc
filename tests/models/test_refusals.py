"""What cannot be decoded is refused when it is loaded, with the reason in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tokenizers import Tokenizer, models

from specedge.models import nano
from specedge.models.loading import load_model
from specedge.models.placement import BadPlacement
from specedge.models.tokenizer import ModelNotFound
from tests.models.families import mllama, qwen2_vl, recurrent


def refusal(folder: Path) -> str:
    with pytest.raises(ModelNotFound) as refused:
        load_model(folder)
    text = str(refused.value)
    assert str(folder) in text
    assert "\n" not in text
    return text


@pytest.fixture
def model(tmp_path: Path) -> Path:
    qwen2_vl(tmp_path)
    return tmp_path


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_model_without_a_chat_template(model: Path) -> None:
    (model / "chat_template.jinja").unlink()
    assert "no chat template" in refusal(model)


def test_a_template_for_text_alone(model: Path) -> None:
    (model / "chat_template.jinja").write_text(
        "{% for message in messages %}{{ message['content'][-1]['text'] }}{% endfor %}"
    )
    assert "does not place one picture" in refusal(model)


@pytest.mark.parametrize(
    ("refuse", "reason"),
    [
        ("{{ raise_exception('No system text with images') }}", "No system text with images"),
        ("{{ '[INST] ' + messages[-1]['content'] }}", "can only concatenate str"),
    ],
)
def test_a_template_that_fails_on_a_picture(model: Path, refuse: str, reason: str) -> None:
    path = model / "chat_template.jinja"
    path.write_text("{% if messages[-1]['content'] | length > 1 %}" + refuse + "{% endif %}sit")
    assert f"its chat template refuses a picture with a text: {reason}" in refusal(model)


def test_a_tokenizer_that_the_grammar_cannot_read(model: Path) -> None:
    words = {"[UNK]": 0, "sit": 1, nano.END: 2}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.save(str(model / "tokenizer.json"))
    assert "byte-level" in refusal(model)


def test_a_tokenizer_of_another_model(model: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    tokenizer.add_tokens([f"word{number}" for number in range(9)])
    tokenizer.save_pretrained(model)
    assert "belong to different models" in refusal(model)


def test_a_sliding_window(tmp_path: Path) -> None:
    qwen2_vl(tmp_path, use_sliding_window=True, sliding_window=64, max_window_layers=2)
    assert "DynamicSlidingWindowLayer" in refusal(tmp_path)


def test_a_recurrent_state(tmp_path: Path) -> None:
    recurrent(tmp_path)
    assert "cannot be taken out again" in refusal(tmp_path)


def test_layers_that_look_at_the_picture_alone(tmp_path: Path) -> None:
    mllama(tmp_path)
    assert "decoder layer 1 attends to the picture beside the text" in refusal(tmp_path)


def test_a_text_model(model: Path) -> None:
    config = transformers.LlamaConfig(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1
    )
    transformers.LlamaForCausalLM(config).save_pretrained(model)
    assert "architecture llama" in refusal(model)


def test_a_model_that_reads_pictures_beside_the_text(model: Path) -> None:
    small = {
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
    }
    config = transformers.BlipConfig(text_config={**small, "vocab_size": 8}, vision_config=small)
    config.image_token_id = None
    transformers.BlipForConditionalGeneration(config).save_pretrained(model)
    assert "pictures are not part of the text" in refusal(model)


def test_weights_that_are_cut_off(model: Path) -> None:
    path = model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    refusal(model)


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has such a device")
def test_a_device_that_is_not_here(model: Path) -> None:
    with pytest.raises(BadPlacement, match=r"device mps: .* cannot compute there: .*--device cpu$"):
        load_model(model, "mps")


def test_a_whole_model_is_not_refused(model: Path) -> None:
    assert load_model(model).network.dtype is torch.float32
