"""The DDS domain: its number, and a configuration that stays on this machine."""

from __future__ import annotations

import os
from collections.abc import Mapping

from specedge.ros.errors import BadArguments

# Cyclone DDS gives out 9 or 10 participant indexes by default: too few for a stack of processes
# with a few `ros2` tools beside it, each of which takes one, their daemon included.
MAXIMUM_PARTICIPANT_INDEX = 32
# Above it, the ports of the DDS-RTPS mapping (7400 + 250 per domain) end in Linux's ephemeral ones.
MAXIMUM_DOMAIN = 101


def loopback_configuration() -> str:
    """Returns a value for CYCLONEDDS_URI that binds to ``lo`` and needs no multicast.

    Every process that is to see the others, ROS 2 tools included, must have the same value.
    """
    return (
        "<CycloneDDS><Domain><General><Interfaces>"
        '<NetworkInterface name="lo" multicast="false"/>'
        "</Interfaces><AllowMulticast>false</AllowMulticast></General>"
        "<Discovery><ParticipantIndex>auto</ParticipantIndex>"
        f"<MaxAutoParticipantIndex>{MAXIMUM_PARTICIPANT_INDEX}</MaxAutoParticipantIndex>"
        '<Peers><Peer address="127.0.0.1"/></Peers></Discovery></Domain></CycloneDDS>'
    )


def domain_id(environment: Mapping[str, str] = os.environ) -> int:
    """Returns the domain that ROS_DOMAIN_ID names, 0 where it names none.

    Raises:
        BadArguments: it is not a number that a domain can have.
    """
    text = environment.get("ROS_DOMAIN_ID", "").strip() or "0"
    if not text.isdecimal() or int(text) > MAXIMUM_DOMAIN:
        raise BadArguments(
            f"ROS_DOMAIN_ID is {text!r}; set it to a whole number from 0 to {MAXIMUM_DOMAIN}"
        )
    return int(text)
