"""Parameters of a node declared with type, range, unit and description, in both worlds alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from specedge.ros.errors import SettingError
from specedge.ros.interfaces import interface

Value = bool | int | float | str

_TYPES = {bool: "PARAMETER_BOOL", int: "PARAMETER_INTEGER", float: "PARAMETER_DOUBLE"}


@dataclass(frozen=True)
class Setting:
    """One parameter.

    Attributes:
        name: its name in parameter files.
        default: its value where nothing else is given; the type of it is the parameter's type.
        description: what it does, for people.
        unit: SI unit, such as "m/s"; empty for what has none.
        minimum: least value allowed, of a number.
        maximum: greatest value allowed, of a number.
        choices: the values allowed, of a text; empty where any is.
    """

    name: str
    default: Value
    description: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.check(self.default)

    @property
    def _is_number(self) -> bool:
        return isinstance(self.default, (int, float)) and not isinstance(self.default, bool)

    def check(self, value: Any) -> None:
        """Raises SettingError if the parameter cannot have that value."""
        if type(value) is not type(self.default):
            raise SettingError(
                f"{self.name} must be of type {type(self.default).__name__}, "
                f"not {type(value).__name__} ({value!r})"
            )
        low, high = self._limits()
        if self._is_number and not low <= float(value) <= high:
            unit = f" {self.unit}" if self.unit else ""
            raise SettingError(f"{self.name} is {value}{unit}; it must be from {low} to {high}")
        if self.choices and value not in self.choices:
            raise SettingError(
                f"{self.name} is {value!r}; it must be one of {', '.join(self.choices)}"
            )

    def descriptor(self) -> Any:
        """Returns it as rcl_interfaces/ParameterDescriptor, read-only: nodes read it once."""
        kinds = interface("rcl_interfaces/msg/ParameterType")
        described = interface("rcl_interfaces/msg/ParameterDescriptor")(
            name=self.name,
            type=getattr(kinds, _TYPES.get(type(self.default), "PARAMETER_STRING")),
            description=f"{self.description} [{self.unit}]" if self.unit else self.description,
            additional_constraints=f"one of {', '.join(self.choices)}" if self.choices else "",
            read_only=True,
        )
        if self._is_number and (self.minimum is not None or self.maximum is not None):
            low, high = self._limits()
            if isinstance(self.default, float):
                made = interface("rcl_interfaces/msg/FloatingPointRange")
                described.floating_point_range = [made(from_value=float(low), to_value=float(high))]
            else:
                made = interface("rcl_interfaces/msg/IntegerRange")
                # rcl_interfaces counts in 64 bits; an open end becomes its last number.
                low, high = max(low, -(2.0**63)), min(high, 2.0**63 - 1025)
                described.integer_range = [made(from_value=int(low), to_value=int(high))]
        return described

    def _limits(self) -> tuple[float, float]:
        low = float("-inf") if self.minimum is None else self.minimum
        return low, float("inf") if self.maximum is None else self.maximum


def declare(node: Any, settings: Iterable[Setting]) -> dict[str, Any]:
    """Declares the parameters of a node and returns their values by name.

    Raises:
        SettingError: a value from a file or the command line does not fit; it names node,
            parameter, value and what is allowed.
    """
    return {setting.name: _declare(node, setting) for setting in settings}


def _declare(node: Any, setting: Setting) -> Any:
    try:
        declared = node.declare_parameter(setting.name, setting.default, setting.descriptor())
        setting.check(declared.value)
    except SettingError as error:
        raise SettingError(f"{node.get_name()}: {_without_name(node, error)}") from error
    except Exception as error:
        # rclpy has an exception of its own for each kind of misfit.
        if not type(error).__module__.startswith("rclpy"):
            raise
        raise SettingError(f"{node.get_name()}: {setting.name}: {error}") from error
    return declared.value


def _without_name(node: Any, error: SettingError) -> str:
    return str(error).removeprefix(f"{node.get_name()}: ")
