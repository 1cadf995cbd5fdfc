from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image

from specedge.commands import Context
from specedge.models.exits import DESCRIPTION, WEIGHTS, ExitHeads, load_exits
from specedge.models.frames import FrameError
from specedge.models.loading import LoadedModel, load_model
from specedge.models.tokenizer import ModelNotFound
from tests.decoding import pair


def test_a_text_model_is_refused_in_one_line(folders: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(folders[0], tmp_path, dirs_exist_ok=True)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelNotFound, match="architecture bert") as refusal:
        load_model(tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_frame_that_is_no_picture_is_refused(target: LoadedModel) -> None:
    with pytest.raises(FrameError, match="not a JPEG or PNG picture"):
        target.prompts.make(b"not a jpeg", Context("sit"))


def test_a_frame_with_too_many_pixels_is_refused_before_it_is_decoded(target: LoadedModel) -> None:
    data = io.BytesIO()
    Image.new("1", (5000, 5000)).save(data, "PNG")
    assert len(data.getvalue()) < 10_000
    with pytest.raises(FrameError, match="5000 x 5000 pixels"):
        target.prompts.make(data.getvalue(), Context("sit"))


def test_an_image_place_written_in_a_goal_is_no_image(target: LoadedModel) -> None:
    plain = target.prompts.make(pair.frame(0), Context("sit"))
    tricky = target.prompts.make(pair.frame(0), Context("sit <|image_pad|>"))
    image = target.network.config.image_token_id
    assert (tricky.ids == image).sum() == (plain.ids == image).sum()


def test_exits_come_back_as_they_were_saved(target: LoadedModel, tmp_path: Path) -> None:
    hidden = target.lm_head.weight.shape[1]
    exits = ExitHeads(hidden, (0, 2), rank=4)
    torch.nn.init.normal_(exits.heads["2"].up.weight)
    exits.temperatures[2] = 1.5
    exits.save(tmp_path)
    loaded = load_exits(target, tmp_path)
    assert loaded is not None
    assert (loaded.layers, loaded.temperatures) == (exits.layers, exits.temperatures)
    states = torch.randn(3, hidden)
    for layer in exits.layers:
        assert torch.equal(
            exits.logits(layer, states, target), loaded.logits(layer, states, target)
        )


def test_an_untrained_exit_reads_its_layer_as_if_it_were_the_last(target: LoadedModel) -> None:
    hidden = target.lm_head.weight.shape[1]
    states = torch.randn(2, hidden)
    logits = ExitHeads(hidden, (0,)).logits(0, states, target)
    assert torch.equal(logits, target.lm_head(target.final_norm(states)))


def test_a_model_without_exits_has_none(folders: tuple[Path, Path]) -> None:
    assert load_exits(pair.load(folders[1])) is None


@pytest.mark.parametrize(
    ("spoil", "content"),
    [
        (DESCRIPTION, b"\x00"),
        (WEIGHTS, b"\x00"),
        (DESCRIPTION, b"[]"),
        (DESCRIPTION, b'{"layers": null, "rank": 4, "temperature": {}}'),
        (DESCRIPTION, b'{"layers": [0], "rank": 4, "temperature": []}'),
    ],
)
def test_exits_that_cannot_be_read_are_refused(
    target: LoadedModel, tmp_path: Path, spoil: str, content: bytes
) -> None:
    ExitHeads(target.lm_head.weight.shape[1], (0,), rank=4).save(tmp_path)
    (tmp_path / spoil).write_bytes(content)
    with pytest.raises(ModelNotFound, match="does not describe exits"):
        load_exits(target, tmp_path)


def test_exits_of_a_deeper_model_are_refused(target: LoadedModel, tmp_path: Path) -> None:
    ExitHeads(target.lm_head.weight.shape[1], (0, 20), rank=4).save(tmp_path)
    with pytest.raises(ModelNotFound, match="layers"):
        load_exits(target, tmp_path)
