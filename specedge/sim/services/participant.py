"""The DDS participant that the simulated Go2 speaks through."""

from __future__ import annotations

import threading
from typing import Any

from cyclonedds.core import DDSException, Listener, Policy, Qos
from cyclonedds.domain import Domain, DomainParticipant
from cyclonedds.internal import InvalidSample
from cyclonedds.pub import DataWriter
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration

from specedge.robot.domain import configuration
from specedge.robot.errors import ChannelFailed
from specedge.sim.services.parameters import assign

Sample = Any
"""A message of unitree_sdk2py's IDL, which has no type information."""


def _qos(depth: int) -> Qos:
    return Qos(
        Policy.Reliability.Reliable(duration(seconds=1)),
        Policy.Durability.Volatile,
        Policy.History.KeepLast(depth),
    )


class Participant:
    """A participant in a domain of its own configuration, closed with its block.

    Args:
        domain: DDS domain; no other part of this process may have opened it.
        network_interface: As for `specedge.robot.domain.configuration`.

    Raises:
        ChannelFailed: Cyclone DDS refused.
    """

    def __init__(self, domain: int, network_interface: str = "") -> None:
        try:
            self._domain = Domain(domain, configuration(network_interface))
            self.entity = DomainParticipant(domain)
        except DDSException as error:
            raise ChannelFailed(
                f"DDS domain {domain} cannot be opened on "
                f"{network_interface or 'the configured network'}: {error}"
            ) from error

    def writer(
        self, topic: str, data_type: type, *, depth: int = 1, heard: threading.Event | None = None
    ) -> DataWriter:
        """Makes a reliable writer, which best-effort readers hear as well.

        Args:
            topic: DDS name, such as ``rt/sportmodestate``.
            data_type: IDL class.
            depth: Samples kept for readers that fell behind.
            heard: Set while somebody reads the topic.
        """
        listener = None
        if heard is not None:
            listener = Listener(
                on_publication_matched=lambda _, status: assign(heard, status.current_count > 0)
            )
        return DataWriter(
            self.entity, Topic(self.entity, topic, data_type), _qos(depth), listener=listener
        )

    def reader(self, topic: str, data_type: type, *, depth: int = 1) -> DataReader:
        """Makes a reliable reader."""
        return DataReader(self.entity, Topic(self.entity, topic, data_type), _qos(depth))

    @staticmethod
    def take(reader: DataReader, count: int = 1) -> list[Sample]:
        """Takes up to `count` samples; news of writers that left carry none and are dropped."""
        taken = reader.take(N=count)
        return [sample for sample in taken if not isinstance(sample, InvalidSample)]

    def close(self) -> None:
        """Leaves the domain; what was made here must not be used any more."""
        self.__dict__.pop("entity", None)
        self.__dict__.pop("_domain", None)

    def __enter__(self) -> Participant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
