"""Everything that a Go2 is on DDS, in front of a simulated body."""

from __future__ import annotations

from contextlib import ExitStack

from specedge.sim.lidar import RATE
from specedge.sim.services import avoidance, sport, video
from specedge.sim.services.body import RobotBody
from specedge.sim.services.lidar import LidarPublisher
from specedge.sim.services.participant import Participant
from specedge.sim.services.periodic import Periodic
from specedge.sim.services.server import RequestServer
from specedge.sim.services.state_machine import SportStateMachine
from specedge.sim.services.states import STATE_RATE, StatePublisher


class SimulatedGo2:
    """The services and topics of one Go2; up while its block runs.

    The body is not driven from here: whoever steps it asks `machine` for the velocity and the
    posture of the moment.

    Args:
        body: What is seen and measured.
        machine: What the services command.
        domain: DDS domain.
        network_interface: As for `specedge.robot.domain.configuration`.
        reply_delay: Seconds between a call and its reply.
        state_rate: Hz of rt/sportmodestate.

    Raises:
        ChannelFailed: the domain cannot be opened.
    """

    def __init__(
        self,
        body: RobotBody,
        machine: SportStateMachine,
        *,
        domain: int = 0,
        network_interface: str = "lo",
        reply_delay: float = 0.0,
        state_rate: float = STATE_RATE,
    ) -> None:
        self.machine = machine
        self._stack = ExitStack()
        participant = self._stack.enter_context(Participant(domain, network_interface))
        handlers = (
            (sport.SERVICE, sport.VERSION, sport.SportService(machine).handle),
            (avoidance.SERVICE, avoidance.VERSION, avoidance.AvoidanceService(machine).handle),
            (video.SERVICE, video.VERSION, video.VideoService(body).handle),
        )
        servers = [
            RequestServer(participant, service, version, handler, reply_delay=reply_delay)
            for service, version, handler in handlers
        ]
        states = StatePublisher(participant, body, machine)
        lidar = LidarPublisher(participant, body)
        self._parts: list[RequestServer | Periodic] = [
            *servers,
            Periodic("state", state_rate, states.publish),
            Periodic("cloud", RATE, lidar.publish),
        ]

    def start(self) -> None:
        """Begins to answer and to publish."""
        for part in self._parts:
            self._stack.enter_context(part)

    def close(self) -> None:
        """Leaves the domain."""
        self._stack.close()

    def __enter__(self) -> SimulatedGo2:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
