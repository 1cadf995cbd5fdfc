"""Message classes made from .msg definitions, used as those that rclpy generates are."""

from __future__ import annotations

import copy
import struct
from functools import cache
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
from rosbags.interfaces import Nodetype

from specedge.ros.cyclone import fields, names
from specedge.ros.cyclone.cdr import Reader, Writer
from specedge.ros.definitions import DEFAULTS, typestore
from specedge.ros.errors import UnknownField, UnknownInterface, WrongFieldValue

# The one service type in use; rosbags has definitions of messages only.
# Definition: ros2/common_interfaces, std_srvs/srv/Trigger.srv.
_TEXT = (Nodetype.BASE, ("string", 0))
_PARTS_OF_SERVICES: dict[str, tuple[list[Any], list[Any]]] = {
    "std_srvs/srv/Trigger_Request": ([], []),
    "std_srvs/srv/Trigger_Response": (
        [],
        [("success", (Nodetype.BASE, ("bool", 0))), ("message", _TEXT)],
    ),
}
# ROS 2 gives a structure without fields this one, which its Python classes hide.
PLACEHOLDER = "structure_needs_at_least_one_member"


class Message:
    """Base of all message classes: fields with defaults, checked on every assignment."""

    INTERFACE: ClassVar[str] = ""
    FIELDS: ClassVar[dict[str, fields.Field]] = {}
    __slots__ = ()

    def __init__(self, **values: Any) -> None:
        for name, field in self.FIELDS.items():
            object.__setattr__(self, name, field.default())
        for name, value in values.items():
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        field = self.FIELDS.get(name)
        if field is None:
            raise UnknownField(_no_such_field(self.INTERFACE, name, self.FIELDS))
        try:
            kept = field.checked(value)
        except fields.Unfit as error:
            raise WrongFieldValue(
                f"{self.INTERFACE}.{name} ({field.name}) must be {error}, "
                f"not {type(value).__name__} {_brief(value)}"
            ) from error
        object.__setattr__(self, name, kept)

    def __getattr__(self, name: str) -> Any:
        # Reached only for what the class and its slots do not have.
        if name.startswith("__"):
            raise AttributeError(name)
        raise UnknownField(_no_such_field(self.INTERFACE, name, self.FIELDS))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in self.FIELDS)

    __hash__ = None  # type: ignore[assignment]  # mutable, as rclpy's are

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.FIELDS)
        return f"{self.INTERFACE.replace('/', '.')}({values})"

    def __deepcopy__(self, memory: dict[int, Any]) -> Message:
        return type(self)(
            **{name: copy.deepcopy(getattr(self, name), memory) for name in self.FIELDS}
        )

    @classmethod
    def get_fields_and_field_types(cls) -> dict[str, str]:
        """Returns the type of each field by its name, as rclpy's classes do."""
        return {name: field.name for name, field in cls.FIELDS.items()}

    def write(self, writer: Writer) -> None:
        """Appends the message to what a writer has.

        Raises:
            WrongFieldValue: an item was put into a list that cannot be there.
        """
        if not self.FIELDS:
            writer.primitive("B", 0)
        for name, field in self.FIELDS.items():
            value = getattr(self, name)
            try:
                field.write(writer, value)
            except (fields.Unfit, struct.error) as error:
                raise WrongFieldValue(
                    f"{self.INTERFACE}.{name} ({field.name}) cannot be sent: must be {error}"
                ) from error

    @classmethod
    def read(cls, reader: Reader) -> Any:
        """Takes a message of this class from a reader; MalformedMessage as the reader raises it."""
        message = cls.__new__(cls)
        if not cls.FIELDS:
            reader.primitive("B")
        for name, field in cls.FIELDS.items():
            object.__setattr__(message, name, field.read(reader))
        return message

    def serialize(self) -> bytes:
        """Returns the message in CDR, header included."""
        writer = Writer()
        self.write(writer)
        return writer.finish()

    @classmethod
    def deserialize(cls, content: bytes) -> Any:
        """Returns the message that such bytes hold; MalformedMessage when they hold none."""
        return cls.read(Reader(content))


class Nested:
    """A field that is itself a message."""

    def __init__(self, message_class: type[Message]) -> None:
        self._class = message_class
        package, _, kind = names.interface_parts(message_class.INTERFACE)
        self.name = f"{package}/{kind}"

    def default(self) -> Message:
        return self._class()

    def checked(self, value: Any) -> Message:
        if not isinstance(value, self._class):
            raise fields.Unfit(f"a {self._class.INTERFACE}")
        return value

    def write(self, writer: Writer, value: Any) -> None:
        value.write(writer)

    def read(self, reader: Reader) -> Any:
        return self._class.read(reader)


@cache
def message_class(interface: str) -> type[Any]:
    """Returns the class of a message type such as ``std_msgs/msg/String``.

    Raises:
        InvalidName: the name is not of the form package/msg/Type.
        UnknownInterface: there is no such type.
    """
    names.interface_parts(interface)
    definition = _PARTS_OF_SERVICES.get(interface) or typestore().fielddefs.get(interface)
    if definition is None:
        raise UnknownInterface(
            f"there is no message type {interface}; the standard ones of ROS 2 Jazzy and those of "
            "ros2_ws/src/specedge_msgs are known"
        )
    constants, described = definition
    defaults = DEFAULTS.get(interface, {})
    made = {
        name: _field(kind, defaults.get(name, 0)) for name, kind in described if name != PLACEHOLDER
    }
    values = {name: _constant(kind, value) for name, kind, value in constants}
    body = {"INTERFACE": interface, "FIELDS": made, "__slots__": tuple(made), **values}
    return type(names.interface_parts(interface)[2], (Message,), body)


@cache
def service_class(interface: str) -> Any:
    """Returns a service type: an object with ``INTERFACE``, ``Request`` and ``Response``.

    Raises:
        InvalidName: the name is not of the form package/srv/Type.
        UnknownInterface: there is no such type; std_srvs/srv/Trigger is the only one.
    """
    names.interface_parts(interface)
    if f"{interface}_Request" not in _PARTS_OF_SERVICES:
        raise UnknownInterface(f"there is no service type {interface}; use std_srvs/srv/Trigger")
    return SimpleNamespace(
        INTERFACE=interface,
        Request=message_class(f"{interface}_Request"),
        Response=message_class(f"{interface}_Response"),
    )


def _constant(kind: str, value: Any) -> Any:
    return bytes([value]) if kind == "byte" else value


def _field(described: Any, default: float = 0) -> fields.Field:
    kind, content = described
    if kind == Nodetype.NAME:
        return Nested(message_class(content))
    if kind == Nodetype.BASE:
        name, bound = content
        if name == "string":
            return fields.Text(bound)
        if name == "bool":
            return fields.Boolean()
        return fields.Octet() if name == "byte" else fields.Number(name, default)
    inner, size = content
    item = _field(inner)
    if kind == Nodetype.ARRAY:
        if isinstance(item, fields.Number):
            return fields.FixedNumbers(item, size)
        return fields.Items(item, size=size)
    if isinstance(item, fields.Number):
        return fields.Numbers(item, size)
    return fields.Items(item, bound=size)


def _no_such_field(interface: str, name: str, known: dict[str, fields.Field]) -> str:
    return f"{interface} has no field {name!r}; it has {', '.join(known) or 'none'}"


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
