"""Configurations of the Cyclone DDS domain that a process opens."""

from __future__ import annotations

import os
from xml.sax.saxutils import quoteattr

from specedge.ros.domain import loopback_configuration

LOOPBACK = "lo"


def configuration(network_interface: str) -> str:
    """Returns the Cyclone DDS configuration (XML) for one network interface.

    Args:
        network_interface: Name such as ``eth0``. ``lo`` stays on this machine, without the
            multicast that loopback interfaces lack. An empty name takes what ``CYCLONEDDS_URI``
            says, or lets Cyclone DDS choose.
    """
    if network_interface == LOOPBACK:
        return loopback_configuration()
    if not network_interface and os.environ.get("CYCLONEDDS_URI"):
        return os.environ["CYCLONEDDS_URI"]
    which = f"name={quoteattr(network_interface)}" if network_interface else 'autodetermine="true"'
    return (
        '<CycloneDDS><Domain Id="any"><General><Interfaces>'
        f'<NetworkInterface {which} priority="default" multicast="default"/>'
        "</Interfaces></General></Domain></CycloneDDS>"
    )
