"""What can go wrong between a node and the robot."""

from __future__ import annotations

from specedge.errors import SpecedgeError


class SdkMissing(SpecedgeError):
    """unitree_sdk2py or its Cyclone DDS cannot be imported."""


class ChannelFailed(SpecedgeError):
    """The DDS domain that the robot speaks on could not be opened."""


class LinkClosed(SpecedgeError):
    """The child process at the other end of a pipe is gone."""


class MessageMalformed(SpecedgeError):
    """Bytes on a pipe are no message of this release."""


class CloudMalformed(SpecedgeError):
    """The lidar's point cloud cannot be read."""
