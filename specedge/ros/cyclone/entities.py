"""DDS readers and writers that carry serialized messages."""

# No `from __future__ import annotations`: c_call reads the annotations as types.

import ctypes
from functools import cache
from typing import Any, cast

from cyclonedds.core import DDSException, Entity
from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import IdlStruct
from cyclonedds.internal import c_call, dds_c_t
from cyclonedds.pub import DataWriter
from cyclonedds.qos import Qos
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic

from specedge.ros.cyclone import names


class _Definition:
    """What the Python package's C layer asks of a type: its name, and that it has no key.

    It gives no type information away, as ROS 2 gives none: readers and writers then match by
    the name of the type, as between ROS 2's own.
    """

    keyless = True
    # XCDRSupported.SupportsBasic of cyclonedds.idl: written in XCDR version 1.
    version_support = 1
    _xt_bytedata = (None, None)

    def __init__(self, type_name: str) -> None:
        self.idl_transformed_typename = type_name

    def populate(self) -> None:
        """Nothing is left to be worked out."""

    def fill_type_data(self) -> None:
        """No type information is given away."""


class Sample(IdlStruct):
    """One serialized message, header included, on its way in or out."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self, *_: Any, **__: Any) -> bytes:
        return self.content

    @classmethod
    def deserialize(cls, content: bytes, *_: Any, **__: Any) -> "Sample":
        return cls(content)


@cache
def sample_class(interface: str) -> type[Sample]:
    """Returns the class of serialized messages of one type; one class per type, as DDS demands."""
    made: Any = type(interface.rsplit("/", 1)[-1], (Sample,), {})
    made.__idl__ = _Definition(names.dds_type(interface))
    return cast("type[Sample]", made)


class CountingWriter(DataWriter):
    """A writer that knows how many readers it reaches."""

    def matched(self) -> int:
        return _count(self._matched(self._ref, None, 0))

    @c_call("dds_get_matched_subscriptions")
    def _matched(
        self,
        writer: dds_c_t.entity,
        handles: ctypes.POINTER(dds_c_t.instance_handle),  # type: ignore[valid-type]
        size: ctypes.c_size_t,
    ) -> dds_c_t.returnv:
        """Filled in by c_call."""


class CountingReader(DataReader):
    """A reader that knows how many writers reach it."""

    def matched(self) -> int:
        return _count(self._matched(self._ref, None, 0))

    @c_call("dds_get_matched_publications")
    def _matched(
        self,
        reader: dds_c_t.entity,
        handles: ctypes.POINTER(dds_c_t.instance_handle),  # type: ignore[valid-type]
        size: ctypes.c_size_t,
    ) -> dds_c_t.returnv:
        """Filled in by c_call."""


def make_topic(participant: DomainParticipant, name: str, interface: str) -> Topic:
    return Topic(participant, name, sample_class(interface))


def make_writer(participant: DomainParticipant, topic: Topic, qos: Qos) -> CountingWriter:
    return CountingWriter(participant, topic, qos=qos)


def make_reader(participant: DomainParticipant, topic: Topic, qos: Qos) -> CountingReader:
    return CountingReader(participant, topic, qos=qos)


def delete(entity: Entity | None) -> None:
    """Takes an entity out of the domain now, whoever still refers to it; harmless if repeated."""
    if entity is not None:
        entity.__del__()


def _count(number: int) -> int:
    if number < 0:
        raise DDSException(number, "while counting the endpoints on the other side")
    return number
