"""The one door to unitree_sdk2py, which is used unmodified.

Import this only in processes of their own: rclpy and the SDK cannot share one.
"""

from __future__ import annotations

import sys
import types

from specedge.robot.domain import configuration
from specedge.robot.errors import ChannelFailed, SdkMissing

# The release on PyPI imports a subpackage for another robot that its wheel lacks.
sys.modules.setdefault("unitree_sdk2py.b2", types.ModuleType("unitree_sdk2py.b2"))
try:
    from unitree_sdk2py.core import channel
    from unitree_sdk2py.core.channel import ChannelFactory, ChannelSubscriber
    from unitree_sdk2py.go2.obstacles_avoid.obstacles_avoid_client import ObstaclesAvoidClient
    from unitree_sdk2py.go2.sport.sport_client import SportClient
    from unitree_sdk2py.go2.video.video_client import VideoClient
    from unitree_sdk2py.idl import default as idl_defaults
    from unitree_sdk2py.idl.sensor_msgs.msg.dds_ import PointCloud2_, PointField_
    from unitree_sdk2py.idl.unitree_api.msg.dds_ import (
        Request_,
        Response_,
        ResponseHeader_,
        ResponseStatus_,
    )
    from unitree_sdk2py.idl.unitree_go.msg.dds_ import (
        LowState_,
        SportModeState_,
        WirelessController_,
    )
except ImportError as error:
    raise SdkMissing(
        f"the Go2's SDK cannot be imported ({error}); scripts/setup.sh installs unitree_sdk2 "
        "and the Cyclone DDS that it needs"
    ) from error

__all__ = [
    "ChannelSubscriber",
    "LowState_",
    "ObstaclesAvoidClient",
    "PointCloud2_",
    "PointField_",
    "Request_",
    "ResponseHeader_",
    "ResponseStatus_",
    "Response_",
    "SportClient",
    "SportModeState_",
    "VideoClient",
    "WirelessController_",
    "idl_defaults",
    "open_channel",
]


def open_channel(domain: int, network_interface: str = "") -> None:
    """Opens the SDK's DDS participant, of which a process has one for its whole life.

    Args:
        domain: DDS domain; a Go2 speaks on 0.
        network_interface: As for `specedge.robot.domain.configuration`.

    Raises:
        ChannelFailed: Cyclone DDS refused, as for an interface that does not exist.
    """
    # The SDK's own configuration asks for multicast on every interface, loopback too, ignores
    # CYCLONEDDS_URI, and writes a trace to a file that all users of the machine share.
    channel.ChannelConfigHasInterface = configuration(network_interface)
    if not ChannelFactory().Init(domain, network_interface or "as configured"):
        where = f"network interface {network_interface!r}" if network_interface else "the network"
        raise ChannelFailed(
            f"DDS domain {domain} cannot be opened on {where}; `ip link` lists the interfaces, "
            "and only one DDS configuration fits in a process"
        )
