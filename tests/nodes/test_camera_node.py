from __future__ import annotations

import math
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from specedge import ros
from specedge.nodes import wire
from specedge.nodes.camera_node import CameraNode
from tests.nodes.conftest import Stage
from tests.robot.conftest import wait_until


def write_picture(folder: Path) -> Path:
    folder.mkdir()
    picture = folder / "one.jpg"
    cv2.imwrite(str(picture), np.full((90, 160, 3), 120, np.uint8))
    return picture


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_pictures_of_a_folder_go_out_untouched_with_camera_info(
    stage: Stage, tmp_path: Path
) -> None:
    picture = write_picture(tmp_path / "pictures")
    operator = stage.operator
    started = time.time()
    stage.start_node("camera_node", source=picture.parent, rate=20.0, horizontal_field=1.2)
    operator.wait(lambda: len(operator.infos) > 3, "camera_info")
    info = operator.infos[-1]
    assert (info.width, info.height) == (160, 90)
    assert info.k[0] == pytest.approx(80 / math.tan(0.6))
    assert bytes(operator.pictures[-1].data) == picture.read_bytes()
    stamps = [wire.seconds(message.header.stamp) for message in operator.pictures]
    assert stamps == sorted(set(stamps))
    assert started < stamps[-1] < time.time()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_go2_that_sends_no_pictures_is_reported(stage: Stage) -> None:
    operator = stage.operator
    stage.start_node("camera_node", network_interface="lo")

    def reported() -> bool:
        return any(
            status.name == "specedge: camera_node"
            and status.level == b"\x02"
            and "no frame" in status.message
            for message in operator.diagnostics
            for status in message.status
        )

    operator.wait(reported, "a report")
    operator.wait(lambda: bool(operator.mounts), "where the camera is")
    (mount,) = operator.mounts[0].transforms
    assert (mount.header.frame_id, mount.child_frame_id) == ("base_link", "camera_optical_frame")
    x, y, z, w = (getattr(mount.transform.rotation, axis) for axis in "xyzw")
    ahead = (2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y))
    assert ahead == pytest.approx((1.0, 0.0, 0.0)), "its z axis is the body's x axis"
    down = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x))
    assert down == pytest.approx((0.0, 0.0, -1.0)), "its y axis points down"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_source_that_is_none_ends_the_node_with_one_line(stage: Stage) -> None:
    node = stage.start_node("camera_node", source="nowhere.mp4")
    assert node.wait() == 2
    assert node.output().splitlines()[-1].startswith("SourceUnusable: 'nowhere.mp4'")


def test_a_node_whose_pictures_go_out_no_more_ends(
    dds_domain: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish(*_: object) -> None:
        raise RuntimeError("the middleware is broken")

    monkeypatch.setattr(CameraNode, "_publish", publish)
    ros.init(args=["--ros-args", "-p", f"source:={write_picture(tmp_path / 'pictures').parent}"])
    node = CameraNode()
    try:
        wait_until(lambda: not ros.ok())
    finally:
        node.close()
        node.destroy_node()
        ros.try_shutdown()
