"""Parameters of a node, with rclpy's names: declared, checked, overridden from outside."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from specedge.ros.cyclone.types import message_class
from specedge.ros.errors import SettingError


class ParameterType(enum.IntEnum):
    """Numbers of rcl_interfaces/msg/ParameterType."""

    NOT_SET = 0
    BOOL = 1
    INTEGER = 2
    DOUBLE = 3
    STRING = 4
    BYTE_ARRAY = 5
    BOOL_ARRAY = 6
    INTEGER_ARRAY = 7
    DOUBLE_ARRAY = 8
    STRING_ARRAY = 9

    @classmethod
    def of(cls, value: Any) -> ParameterType:
        """Returns the type of a value; SettingError for one that no parameter can have."""
        if value is None:
            return cls.NOT_SET
        if isinstance(value, (list, tuple)):
            kinds = {cls.of(item) for item in value}
            kind = kinds.pop() if len(kinds) == 1 else None
            if kind in _ARRAYS:
                return _ARRAYS[kind]
        else:
            for python_type, kind in _SCALARS.items():
                if isinstance(value, python_type):
                    return kind
        raise SettingError(f"{value!r} is no parameter value; use bool, int, float, str or a list")


# bool before int, of which it is a subclass.
_SCALARS = {
    bool: ParameterType.BOOL,
    int: ParameterType.INTEGER,
    float: ParameterType.DOUBLE,
    str: ParameterType.STRING,
    bytes: ParameterType.BYTE_ARRAY,
}
_ARRAYS = {
    ParameterType.BOOL: ParameterType.BOOL_ARRAY,
    ParameterType.INTEGER: ParameterType.INTEGER_ARRAY,
    ParameterType.DOUBLE: ParameterType.DOUBLE_ARRAY,
    ParameterType.STRING: ParameterType.STRING_ARRAY,
}


@dataclass(frozen=True)
class Parameter:
    """A parameter's name and value."""

    name: str
    value: Any = None

    @property
    def type_(self) -> ParameterType:
        return ParameterType.of(self.value)


class ParameterTable:
    """The parameters of one node."""

    def __init__(self, node: str, overrides: dict[str, Any]) -> None:
        self._node = node
        self._overrides = overrides
        self._values: dict[str, Parameter] = {}
        self._descriptors: dict[str, Any] = {}

    def declare(self, name: str, default: Any, descriptor: Any = None) -> Parameter:
        """Adds a parameter; an override from outside wins over the default.

        Raises:
            SettingError: it was declared before, or its value does not fit the descriptor.
        """
        if name in self._values:
            raise SettingError(f"{self._node} declares the parameter {name} twice")
        if descriptor is None:
            descriptor = message_class("rcl_interfaces/msg/ParameterDescriptor")()
        kind = ParameterType(descriptor.type) or ParameterType.of(default)
        parameter = Parameter(name, self._overrides.get(name, default))
        self._check(parameter, kind, descriptor)
        self._values[name] = parameter
        self._descriptors[name] = descriptor
        return parameter

    def get(self, name: str) -> Parameter:
        """Returns a declared parameter; SettingError for another name."""
        if name not in self._values:
            raise SettingError(f"{self._node} has no parameter {name}; declare it first")
        return self._values[name]

    def set(self, parameters: Sequence[Parameter]) -> list[Any]:
        """Changes values; returns a rcl_interfaces/SetParametersResult for each."""
        return [self._set(parameter) for parameter in parameters]

    def _set(self, parameter: Parameter) -> Any:
        result = message_class("rcl_interfaces/msg/SetParametersResult")
        try:
            previous = self.get(parameter.name)
            descriptor = self._descriptors[parameter.name]
            if descriptor.read_only:
                raise SettingError(f"{self._node}: {parameter.name} is read-only")
            self._check(parameter, previous.type_, descriptor)
        except SettingError as error:
            return result(successful=False, reason=str(error))
        self._values[parameter.name] = parameter
        return result(successful=True)

    def _check(self, parameter: Parameter, kind: ParameterType, descriptor: Any) -> None:
        if isinstance(parameter.value, (list, tuple)) and not parameter.value:
            return  # a list without items is a list of any type
        given = ParameterType.of(parameter.value)
        if kind and given != kind and not descriptor.dynamic_typing:
            raise SettingError(
                f"{self._node}: {parameter.name} must be of type {kind.name}, "
                f"not {given.name} ({parameter.value!r})"
            )
        ranges = list(descriptor.floating_point_range) + list(descriptor.integer_range)
        for limits in ranges:
            values = parameter.value if isinstance(parameter.value, list) else [parameter.value]
            for value in values:
                if not limits.from_value <= value <= limits.to_value:
                    raise SettingError(
                        f"{self._node}: {parameter.name} is {value}, which is not from "
                        f"{limits.from_value} to {limits.to_value}"
                    )
