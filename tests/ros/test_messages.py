"""Message classes and their encoding, which must be those of ROS 2."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specedge.ros.cyclone.types import message_class, service_class
from specedge.ros.definitions import typestore
from specedge.ros.errors import (
    InvalidName,
    MalformedMessage,
    RosError,
    UnknownField,
    UnknownInterface,
    WrongFieldValue,
)
from specedge.ros.messages import NAMES

Action = message_class("specedge_msgs/msg/Action")
Command = message_class("specedge_msgs/msg/Command")
CompressedImage = message_class("sensor_msgs/msg/CompressedImage")
Odometry = message_class("nav_msgs/msg/Odometry")
Tokens = message_class("specedge_msgs/msg/Tokens")


@pytest.mark.parametrize("name", sorted(NAMES.values()))
def test_every_type_of_the_stack_has_a_class(name):
    made = message_class(name)() if "/msg/" in name else service_class(name).Response()
    assert type(made).deserialize(made.serialize()) == made


def test_fields_have_the_defaults_of_rclpy():
    command = Command()
    assert command.header.stamp.sec == 0
    assert command.header.frame_id == ""
    assert command.actions == []
    assert command.complete is False
    assert message_class("geometry_msgs/msg/Quaternion")().w == 1.0
    status = message_class("diagnostic_msgs/msg/DiagnosticStatus")
    assert status().level == status.OK == b"\0"
    assert CompressedImage().data == array.array("B")
    assert Odometry().pose.covariance.tolist() == [0.0] * 36


def test_constants_are_those_of_the_definition():
    assert (Action.TURN, Action.NEXT) == (0, 9)
    assert (Tokens.DRAFTED, Tokens.VERIFIED, Tokens.REJECTED) == (0, 1, 2)


def test_two_messages_share_no_default():
    first, second = Command(), Command()
    first.actions.append(Action(kind=Action.STOP))
    first.header.stamp.sec = 3
    assert second == Command()


def test_bytes_become_an_array_as_in_rclpy():
    image = CompressedImage(data=b"\xff\xd8\xff")
    assert image.data == array.array("B", [255, 216, 255])
    image.data = np.array([1, 2], np.uint8)
    assert bytes(image.data) == b"\1\2"


def test_an_unknown_field_is_named_with_the_known_ones():
    with pytest.raises(
        UnknownField, match=r"specedge_msgs/msg/Action has no field 'angle'.*amount"
    ):
        Action(angle=1.0)
    with pytest.raises(UnknownField, match="'kid'"):
        Action().kid = 3
    with pytest.raises(AttributeError, match="'kid'"):
        _ = Action().kid


@pytest.mark.parametrize(
    ("interface", "field", "value"),
    [
        ("specedge_msgs/msg/Action", "amount", 1),
        ("specedge_msgs/msg/Action", "kind", 256),
        ("specedge_msgs/msg/Action", "kind", 1.0),
        ("specedge_msgs/msg/Action", "reason", b"blocked"),
        ("specedge_msgs/msg/Command", "complete", 1),
        ("specedge_msgs/msg/Command", "actions", ["walk"]),
        ("specedge_msgs/msg/Command", "header", None),
        ("specedge_msgs/msg/Tokens", "ids", [-1]),
        ("specedge_msgs/msg/Tokens", "texts", "left"),
        ("sensor_msgs/msg/CompressedImage", "data", "text"),
        ("sensor_msgs/msg/CameraInfo", "k", [1.0]),
        ("diagnostic_msgs/msg/DiagnosticStatus", "level", 1),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_field_and_type(interface, field, value):
    with pytest.raises(WrongFieldValue, match=rf"{interface}\.{field} ") as caught:
        message_class(interface)(**{field: value})
    assert type(value).__name__ in str(caught.value)


def test_a_wrong_item_appended_later_is_refused_when_sent():
    command = Command()
    command.actions.append("walk")
    with pytest.raises(WrongFieldValue, match=r"Command\.actions .* item 0"):
        command.serialize()


@pytest.mark.parametrize("name", ["String", "std_msgs/String", "std_msgs/msg/string", ""])
def test_a_name_of_another_form_is_refused(name):
    with pytest.raises(InvalidName):
        message_class(name)


def test_an_unknown_type_is_refused():
    with pytest.raises(UnknownInterface, match="std_msgs/msg/Strin"):
        message_class("std_msgs/msg/Strin")
    with pytest.raises(UnknownInterface, match="SetBool"):
        service_class("std_srvs/srv/SetBool")


ACTIONS = st.builds(
    lambda kind, amount, reason: Action(kind=kind, amount=amount, reason=reason),
    st.integers(0, 255),
    st.floats(allow_nan=False),
    st.text(max_size=9),
)
COMMANDS = st.builds(
    lambda stamp, text, turn, actions, complete: Command(
        header=message_class("std_msgs/msg/Header")(
            stamp=message_class("builtin_interfaces/msg/Time")(sec=stamp), frame_id=text
        ),
        turn=turn,
        text=text[::-1],
        actions=actions,
        complete=complete,
    ),
    st.integers(-(2**31), 2**31 - 1),
    st.text(max_size=12),
    st.integers(0, 2**64 - 1),
    st.lists(ACTIONS, max_size=3),
    st.booleans(),
)
TOKENS = st.builds(
    lambda ids, texts, sources: Tokens(ids=ids, texts=texts, sources=sources, exit_layer=-1),
    st.lists(st.integers(0, 2**32 - 1), max_size=5),
    st.lists(st.text(max_size=5), max_size=5),
    st.binary(max_size=5),
)


def plain(message: Any) -> Any:
    """Returns a message of either library as plain values."""
    interface = getattr(message, "INTERFACE", None) or getattr(message, "__msgtype__", None)
    if interface:
        return {name: plain(getattr(message, name)) for name in message_class(interface).FIELDS}
    if isinstance(message, (array.array, np.ndarray)):
        return message.tolist()
    return [plain(item) for item in message] if isinstance(message, list) else message


@settings(deadline=None)
@given(st.one_of(COMMANDS, TOKENS))
def test_an_independent_decoder_reads_what_was_encoded(message):
    decoded = typestore().deserialize_cdr(message.serialize(), message.INTERFACE)
    assert plain(decoded) == plain(message)


@settings(deadline=None)
@given(st.one_of(COMMANDS, TOKENS))
def test_what_was_encoded_elsewhere_in_either_byte_order_is_read(message):
    decoded = typestore().deserialize_cdr(message.serialize(), message.INTERFACE)
    for little in (True, False):
        content = typestore().serialize_cdr(decoded, message.INTERFACE, little_endian=little)
        assert type(message).deserialize(bytes(content)) == message


@settings(deadline=None)
@given(COMMANDS, st.data())
def test_a_message_cut_short_is_refused(message, data):
    content = message.serialize()
    cut = content[: data.draw(st.integers(0, len(content) - 4))]
    with pytest.raises(MalformedMessage):
        Command.deserialize(cut)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_refused_or_read_but_never_more(noise):
    try:
        message = Command.deserialize(b"\0\1\0\0" + noise)
    except RosError:
        return
    assert isinstance(message, Command)
