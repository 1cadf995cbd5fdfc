"""Declared parameters and their limits."""

from __future__ import annotations

import pytest

from specedge.ros.cyclone.parameters import Parameter
from specedge.ros.errors import SettingError
from specedge.ros.settings import Setting, declare

SPEED = Setting("speed", 0.3, "How fast to walk", "m/s", 0.0, 0.5)
STEPS = Setting("steps", 3, "How often", minimum=1)


def test_values_are_returned_by_name(spinner):
    assert declare(spinner.node, [SPEED, STEPS]) == {"speed": 0.3, "steps": 3}
    assert spinner.node.get_parameter("speed").value == 0.3


def test_a_descriptor_says_type_range_unit_and_meaning():
    described = SPEED.descriptor()
    assert described.description == "How fast to walk [m/s]"
    assert described.type == 3
    limits = described.floating_point_range[0]
    assert (limits.from_value, limits.to_value) == (0.0, 0.5)
    assert STEPS.descriptor().integer_range[0].from_value == 1
    mode = Setting("mode", "cloud", "How to decode", choices=("cloud", "edge"))
    assert mode.descriptor().additional_constraints == "one of cloud, edge"


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (SPEED, 0.6, r"speed is 0\.6 m/s; it must be from 0\.0 to 0\.5"),
        (SPEED, float("nan"), "speed is nan"),
        (SPEED, 1, "speed must be of type float, not int"),
        (STEPS, 0, "steps is 0; it must be from 1 to inf"),
        (STEPS, True, "steps must be of type int, not bool"),
    ],
)
def test_a_value_out_of_limits_is_refused_with_what_is_allowed(setting, value, said):
    with pytest.raises(SettingError, match=said):
        setting.check(value)


def test_a_default_out_of_its_own_limits_is_refused():
    with pytest.raises(SettingError, match="speed"):
        Setting("speed", 2.0, "How fast to walk", "m/s", 0.0, 0.5)


def test_a_parameter_that_was_not_declared_is_refused_by_name(spinner):
    with pytest.raises(SettingError, match="no parameter sped"):
        spinner.node.get_parameter("sped")


def test_a_parameter_is_declared_once(spinner):
    declare(spinner.node, [SPEED])
    with pytest.raises(SettingError, match="twice"):
        declare(spinner.node, [SPEED])


def test_a_declared_parameter_stays_as_it_is(spinner):
    declare(spinner.node, [SPEED])
    result = spinner.node.set_parameters([Parameter("speed", 0.1)])[0]
    assert not result.successful
    assert "read-only" in result.reason
    assert spinner.node.get_parameter("speed").value == 0.3
