"""What can be wrong with a use of the ROS graph; each message names the cause and the mend."""

from __future__ import annotations

from specedge.errors import SpecedgeError


class RosError(SpecedgeError):
    """The root of this package's errors."""


class InvalidName(RosError, ValueError):
    """A node, topic, service or namespace name that ROS 2 does not allow."""


class UnknownInterface(RosError, ImportError):
    """A message or service type that is not known here."""


class UnknownField(RosError, AttributeError):
    """A message was given a field it does not have."""


class WrongFieldValue(RosError, TypeError):
    """A message field was given a value it cannot hold."""


class WrongMessageType(RosError, TypeError):
    """A publisher, subscription or service was given something of another type than its own."""


class MalformedMessage(RosError, ValueError):
    """Bytes from the wire are no message of the type that their topic claims."""


class SettingError(RosError, ValueError):
    """A node's parameter is undeclared, of the wrong type, or outside its declared limits."""


class BadArguments(RosError, ValueError):
    """What follows ``--ros-args`` on a command line, or a parameter file, cannot be read."""


class GraphUnavailable(RosError, RuntimeError):
    """The DDS domain cannot be joined, or was already left."""
