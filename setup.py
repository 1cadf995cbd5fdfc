"""Everything but the list of shipped files is in setup.cfg, which colcon and pip both read."""

from collections.abc import Iterator
from pathlib import Path

from setuptools import setup

SHARE = "share/specedge"
FOLDERS = {
    "launch": "*.py",
    "config": "*",
    "models": "*",
    # Where there is no rclpy, message classes are made from these.
    "ros2_ws/src/specedge_msgs/msg": "*.msg",
}


def data_files() -> Iterator[tuple[str, list[str]]]:
    yield "share/ament_index/resource_index/packages", ["resource/specedge"]
    yield SHARE, ["package.xml"]
    for root, pattern in FOLDERS.items():
        by_folder: dict[str, list[str]] = {}
        for path in sorted(Path(root).rglob(pattern)):
            if path.is_file():
                by_folder.setdefault(path.parent.as_posix(), []).append(path.as_posix())
        for folder, files in by_folder.items():
            yield f"{SHARE}/{folder}", files


# Given here because colcon prints what setup.cfg gives as an object it cannot read back.
setup(data_files=list(data_files()), python_requires=">=3.10")
