"""The sport service: reads the calls' parameters and hands them to the state machine."""

from __future__ import annotations

import json
import threading

from specedge.robot.codes import ReturnCode, SportApi
from specedge.sim.services.parameters import Parameters, assign
from specedge.sim.services.server import Reply
from specedge.sim.services.state_machine import SportStateMachine

SERVICE = "sport"
VERSION = "1.0.0.1"

# Limits of Unitree's sport service documents.
FORWARD = (-2.5, 3.8)
SIDEWAYS = (-1.0, 1.0)
YAW_RATE = (-4.0, 4.0)
TILT = (-0.75, 0.75)
TWIST = (-0.6, 0.6)


class SportService:
    """Answers the calls that our robot may use; acrobatics are not implemented."""

    def __init__(self, machine: SportStateMachine) -> None:
        self._machine = machine
        self._auto_recovery = threading.Event()
        self._auto_recovery.set()

    def handle(self, number: int, parameters: Parameters) -> Reply:
        """Answers one call.

        Raises:
            BadParameter: a field is missing, of another type or outside its limits.
            LookupError: the call is not implemented.
        """
        try:
            api = SportApi(number)
        except ValueError as error:
            raise LookupError(number) from error
        if api is SportApi.MOVE:
            return Reply(self._move(parameters))
        if api is SportApi.EULER:
            parameters.number("x", *TILT)
            parameters.number("y", *TILT)
            parameters.number("z", *TWIST)
            return Reply(self._machine.require_balance())
        if api is SportApi.SPEED_LEVEL:
            parameters.integer("data", -1, 1)
            return Reply(self._machine.require_balance())
        if api is SportApi.CLASSIC_WALK:
            on = parameters.flag("data")
            return Reply(self._machine.call(api if on else SportApi.STATIC_WALK))
        return self._setting(api, parameters) or Reply(self._machine.call(api))

    def _move(self, parameters: Parameters) -> ReturnCode:
        return self._machine.move(
            parameters.number("x", *FORWARD),
            parameters.number("y", *SIDEWAYS),
            parameters.number("z", *YAW_RATE),
        )

    def _setting(self, api: SportApi, parameters: Parameters) -> Reply | None:
        """Answers the calls that change no motion, which a simulated body has no use for."""
        if api is SportApi.SWITCH_JOYSTICK:
            parameters.flag("data")
            return Reply()
        if api is SportApi.SWITCH_AVOID_MODE:
            return Reply()
        if api is SportApi.AUTO_RECOVERY_SET:
            assign(self._auto_recovery, parameters.flag("data"))
            return Reply()
        if api is SportApi.AUTO_RECOVERY_GET:
            return Reply(data=json.dumps({"data": self._auto_recovery.is_set()}))
        return None
