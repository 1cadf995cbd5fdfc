"""Quality of service as rclpy spells it, and what it is in Cyclone DDS."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cyclonedds.qos import Policy, Qos
from cyclonedds.util import duration

# A reliable write waits this long for a reader that does not keep up, and is then dropped.
# rmw_cyclonedds waits without end; a robot's control loop must not.
MAXIMUM_BLOCKING_MILLISECONDS = 100
# dds_qset_durability_service: no limit on samples and instances.
_UNLIMITED = -1


class ReliabilityPolicy(enum.Enum):
    SYSTEM_DEFAULT = 0
    RELIABLE = 1
    BEST_EFFORT = 2


class DurabilityPolicy(enum.Enum):
    SYSTEM_DEFAULT = 0
    TRANSIENT_LOCAL = 1
    VOLATILE = 2


class HistoryPolicy(enum.Enum):
    SYSTEM_DEFAULT = 0
    KEEP_LAST = 1
    KEEP_ALL = 2


@dataclass(frozen=True)
class QoSProfile:
    """How messages of a topic are delivered; the defaults are rclpy's: reliable, volatile.

    Attributes:
        depth: messages kept, with KEEP_LAST.
    """

    depth: int = 10
    history: HistoryPolicy = HistoryPolicy.KEEP_LAST
    reliability: ReliabilityPolicy = ReliabilityPolicy.RELIABLE
    durability: DurabilityPolicy = DurabilityPolicy.VOLATILE

    def __post_init__(self) -> None:
        if self.depth < 1 and self.history is not HistoryPolicy.KEEP_ALL:
            raise ValueError(f"a history of depth {self.depth} keeps nothing; use 1 or more")


qos_profile_sensor_data = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
qos_profile_services_default = QoSProfile()


def profile(qos: QoSProfile | int) -> QoSProfile:
    """Returns a profile; a bare number is the depth of an otherwise default one."""
    return QoSProfile(depth=qos) if isinstance(qos, int) else qos


def dds_qos(qos: QoSProfile, user_data: str = "") -> Qos:
    """Returns the policies for a DDS reader or writer.

    Args:
        qos: the profile; SYSTEM_DEFAULT is what rmw_cyclonedds makes of it.
        user_data: ``key=value;`` pairs that ROS 2 reads from an endpoint.
    """
    if qos.history is HistoryPolicy.KEEP_ALL:
        history = Policy.History.KeepAll
    else:
        history = Policy.History.KeepLast(qos.depth)
    policies = [
        Policy.DataRepresentation(use_cdrv0_representation=True, use_xcdrv2_representation=False),
        history,
    ]
    if qos.reliability is ReliabilityPolicy.BEST_EFFORT:
        policies.append(Policy.Reliability.BestEffort)
    else:
        waiting = duration(milliseconds=MAXIMUM_BLOCKING_MILLISECONDS)
        policies.append(Policy.Reliability.Reliable(waiting))
    if qos.durability is DurabilityPolicy.TRANSIENT_LOCAL:
        policies += [
            Policy.Durability.TransientLocal,
            Policy.DurabilityService(0, history, _UNLIMITED, _UNLIMITED, _UNLIMITED),
        ]
    else:
        policies.append(Policy.Durability.Volatile)
    if user_data:
        policies.append(Policy.Userdata(user_data.encode("ascii")))
    return Qos(*policies)
