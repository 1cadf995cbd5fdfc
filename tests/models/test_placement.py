from __future__ import annotations

import importlib.util
import threading
from pathlib import Path

import pytest
import torch
from transformers.quantizers.quantizers_utils import should_convert_module

from specedge.commands import Context, parse
from specedge.decoding.acceptance import Sampling
from specedge.models.loading import load_model
from specedge.models.placement import BadPlacement, Placement, quantisation
from tests.decoding import pair
from tests.models.families import FAMILIES, qwen2_vl


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"dtype": "int4"}, "float32, bfloat16, float16"),
        ({"quantise": 3}, "4 or 8"),
    ],
)
def test_what_is_no_placement_is_refused(values: dict[str, object], reason: str) -> None:
    with pytest.raises(BadPlacement, match=reason):
        Placement(**values)  # type: ignore[arg-type]


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(BadPlacement, match="none that torch knows"):
        Placement("toaster").arguments()


@pytest.mark.parametrize("device", ["meta", "xla"])
def test_a_device_that_cannot_compute_here_is_refused(device: str) -> None:
    with pytest.raises(BadPlacement, match=f"device {device}.*cannot compute there.*--device cpu"):
        Placement(device).arguments()


def test_eight_bits_are_refused_without_a_gpu() -> None:
    with pytest.raises(BadPlacement, match="needs a GPU"):
        Placement(quantise=8).arguments()


def test_few_bits_are_refused_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadPlacement, match=r"bitsandbytes and accelerate.*specedge\[quantised\]"):
        Placement(quantise=4).arguments()


def test_few_bits_are_computed_in_the_type_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    arguments = Placement(dtype="bfloat16", quantise=4).arguments()
    assert arguments["device_map"] == {"": "cpu"}
    assert arguments["quantization_config"].bnb_4bit_compute_dtype is torch.bfloat16


def test_a_gpu_without_bfloat16_computes_in_float16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert Placement("cuda").arguments() == {"dtype": torch.float16}


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("family", list(FAMILIES))
def test_quantisation_is_of_the_decoder_layers_alone(
    family: str, bits: int, tmp_path: Path
) -> None:
    FAMILIES[family](tmp_path, 0)
    model = load_model(tmp_path)
    settings = quantisation(bits, torch.bfloat16)
    assert (settings.load_in_4bit, settings.load_in_8bit) == (bits == 4, bits == 8)
    for name, module in model.network.named_modules():
        if isinstance(module, torch.nn.Linear):
            inside = module in set(model.layers.modules())
            assert should_convert_module(name, settings.llm_int8_skip_modules) == inside, name


def test_a_model_is_loaded_in_the_type_that_is_asked_for(tmp_path: Path) -> None:
    qwen2_vl(tmp_path)
    assert load_model(tmp_path, dtype="bfloat16").network.dtype is torch.bfloat16
    assert load_model(tmp_path).network.dtype is torch.float32


def test_four_bits_decode_on_a_cpu(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="pip install 'specedge[quantised]' for this test")
    pytest.importorskip("accelerate", reason="pip install 'specedge[quantised]' for this test")
    qwen2_vl(tmp_path)
    whole, small = load_model(tmp_path), load_model(tmp_path, quantise=4)
    kinds = {type(module).__name__ for module in small.layers.modules()}
    assert "Linear4bit" in kinds
    assert "Linear" not in kinds
    assert type(small.lm_head) is type(whole.lm_head)
    engine = pair.engine(small)
    try:
        turn = engine.begin(pair.frame(0), Context("sit"), Sampling(), threading.Event())
        while not turn.state.complete:
            turn.verify(turn.version, [])
        assert parse(turn.state.text()).actions
    finally:
        engine.close()
