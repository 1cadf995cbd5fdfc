"""Numbers of the Go2's services, from Unitree's SDK and its service documents."""

from __future__ import annotations

import enum


class SportApi(enum.IntEnum):
    """Calls of the service ``sport``, version 1.0.0.1."""

    DAMP = 1001
    BALANCE_STAND = 1002
    STOP_MOVE = 1003
    STAND_UP = 1004
    STAND_DOWN = 1005
    RECOVERY_STAND = 1006
    EULER = 1007
    MOVE = 1008
    SIT = 1009
    RISE_SIT = 1010
    SPEED_LEVEL = 1015
    SWITCH_JOYSTICK = 1027
    STATIC_WALK = 1061
    TROT_RUN = 1062
    ECONOMIC_GAIT = 1063
    FREE_WALK = 2045
    CLASSIC_WALK = 2049
    AUTO_RECOVERY_SET = 2054
    AUTO_RECOVERY_GET = 2055
    SWITCH_AVOID_MODE = 2058


class AvoidanceApi(enum.IntEnum):
    """Calls of the service ``obstacles_avoid``, version 1.0.0.2."""

    SWITCH_SET = 1001
    SWITCH_GET = 1002
    MOVE = 1003
    USE_REMOTE_COMMAND_FROM_API = 1004


class VideoApi(enum.IntEnum):
    """Calls of the service ``videohub``, version 1.0.0.1."""

    GET_IMAGE_SAMPLE = 1001


INTERNAL_API_VERSION = 1
"""A call that every service answers with its version."""


class ReturnCode(enum.IntEnum):
    """What a call returns, from either end."""

    OK = 0
    SEND_FAILED = 3102
    NOT_REGISTERED = 3103
    TIMEOUT = 3104
    MISMATCH = 3105
    INTERNAL = 3202
    NOT_IMPLEMENTED = 3203
    BAD_PARAMETER = 3204
    ACTION_TIMEOUT = 4201
    NOT_INITIALISED = 4205
    WRONG_POSTURE = 4206


class StateCode(enum.IntEnum):
    """What ``error_code`` of SportModeState says on firmware 1.1.6 and newer."""

    AGILE = 100
    DAMPING = 1001
    STANDING_LOCK = 1002
    CROUCHING = 1004
    SITTING = 1007
    BALANCE_STAND = 1013
    WALKING = 1015
    RUNNING = 1016
    ENDURANCE = 1017
    CLASSIC = 2010
