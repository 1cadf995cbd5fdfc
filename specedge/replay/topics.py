"""Finds the topics that a replay needs, by name or by type."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from specedge.nodes import topics
from specedge.replay.errors import WrongTopic

IMAGE_TYPES = ("sensor_msgs/msg/CompressedImage", "sensor_msgs/msg/Image")
GOAL_TYPES = ("std_msgs/msg/String",)


def image_topic(types: Mapping[str, str], counts: Mapping[str, int], named: str = "") -> str:
    """Returns the topic of the camera.

    Args:
        types: Type of each topic of the bag.
        counts: Messages of each topic.
        named: What ``--image-topic`` says; empty to find it.

    Raises:
        WrongTopic: the one that is named is no camera, or none or several would do.
    """
    if named:
        return _named(types, named, IMAGE_TYPES, "--image-topic")
    found = _of_type(types, IMAGE_TYPES)
    # A topic that was only announced is no choice.
    found = [name for name in found if counts.get(name)] or found
    if not found:
        raise WrongTopic(
            f"the bag has no camera: no topic of type {' or '.join(IMAGE_TYPES)}; "
            f"it has {_list(types, types)}"
        )
    return _single(found, types, topics.IMAGE, "cameras", "--image-topic")


def goal_topic(types: Mapping[str, str], counts: Mapping[str, int], named: str = "") -> str:
    """Returns the topic of the goals; as `image_topic`.

    Raises:
        WrongTopic: the one that is named has no goals, or none or several would do.
    """
    if named:
        return _named(types, named, GOAL_TYPES, "--goal-topic")
    found = [name for name in _of_type(types, GOAL_TYPES) if counts.get(name)]
    if not found:
        raise WrongTopic(
            f"the bag has no goals: no message of type {GOAL_TYPES[0]}; "
            'say what was to be done, for example --goal "go to the red chair"'
        )
    return _single(found, types, topics.GOAL, "topics that could hold goals", "--goal-topic")


def _named(types: Mapping[str, str], name: str, wanted: Collection[str], option: str) -> str:
    if name not in types:
        raise WrongTopic(f"{option}: the bag has no topic {name}; it has {_list(types, types)}")
    if types[name] not in wanted:
        raise WrongTopic(f"{option}: {name} is of type {types[name]}, not {' or '.join(wanted)}")
    return name


def _single(found: list[str], types: Mapping[str, str], ours: str, plural: str, option: str) -> str:
    if len(found) == 1:
        return found[0]
    if ours in found:
        return ours
    raise WrongTopic(f"the bag has several {plural}: {_list(found, types)}; choose with {option}")


def _of_type(types: Mapping[str, str], wanted: Collection[str]) -> list[str]:
    return [name for name, kind in types.items() if kind in wanted]


def _list(names: Collection[str], types: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({types[name]})" for name in sorted(names)) or "nothing"
