"""The obstacle avoidance service, as far as a client sees it; nothing is avoided here."""

from __future__ import annotations

import json
import threading

from specedge.robot.codes import AvoidanceApi
from specedge.sim.services.parameters import Parameters, assign
from specedge.sim.services.server import Reply
from specedge.sim.services.sport import FORWARD, SIDEWAYS, YAW_RATE
from specedge.sim.services.state_machine import SportStateMachine

SERVICE = "obstacles_avoid"
VERSION = "1.0.0.2"
VELOCITY_MODE = 0


class AvoidanceService:
    """Drives by velocity while it is switched on and obeys commands from the API."""

    def __init__(self, machine: SportStateMachine) -> None:
        self._machine = machine
        self._enabled = threading.Event()
        self._remote = threading.Event()

    def handle(self, number: int, parameters: Parameters) -> Reply:
        """Answers one call.

        Raises:
            BadParameter: a field is missing, of another type or outside its limits.
            LookupError: the call is not implemented.
        """
        try:
            api = AvoidanceApi(number)
        except ValueError as error:
            raise LookupError(number) from error
        if api is AvoidanceApi.SWITCH_SET:
            assign(self._enabled, parameters.flag("enable"))
            return Reply()
        if api is AvoidanceApi.SWITCH_GET:
            return Reply(data=json.dumps({"enable": self._enabled.is_set()}))
        if api is AvoidanceApi.USE_REMOTE_COMMAND_FROM_API:
            assign(self._remote, parameters.flag("is_remote_commands_from_api"))
            return Reply()
        return self._move(parameters)

    def _move(self, parameters: Parameters) -> Reply:
        if parameters.integer("mode", 0, 2) != VELOCITY_MODE:
            raise LookupError("increments and positions are not simulated")
        velocity = (
            parameters.number("x", *FORWARD),
            parameters.number("y", *SIDEWAYS),
            parameters.number("yaw", *YAW_RATE),
        )
        if not (self._enabled.is_set() and self._remote.is_set()):
            return Reply()
        return Reply(self._machine.move(*velocity))
