"""Reads the JSON texts that calls carry, as strictly as the fields are documented."""

from __future__ import annotations

import json
import math
import threading


class BadParameter(ValueError):
    """A call's parameter is not what the service documents; answered with a return code."""


class Parameters:
    """The fields of one call.

    Args:
        text: A JSON object; an empty text is one without fields.

    Raises:
        BadParameter: the text is no JSON object.
    """

    def __init__(self, text: str) -> None:
        try:
            fields = json.loads(text or "{}")
        except ValueError as error:
            raise BadParameter(f"no JSON: {error}") from error
        if not isinstance(fields, dict):
            raise BadParameter("no JSON object")
        self._fields = fields

    def number(self, name: str, low: float, high: float) -> float:
        """Returns a finite number within [low, high].

        Raises:
            BadParameter: it is missing, no number, or outside.
        """
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadParameter(f"{name} is no number")
        if not (math.isfinite(value) and low <= value <= high):
            raise BadParameter(f"{name} = {value} is not within [{low}, {high}]")
        return float(value)

    def integer(self, name: str, low: int, high: int) -> int:
        """Returns a whole number within [low, high].

        Raises:
            BadParameter: it is missing, no whole number, or outside.
        """
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadParameter(f"{name} = {value!r} is no whole number within [{low}, {high}]")
        return value

    def flag(self, name: str) -> bool:
        """Returns a truth value.

        Raises:
            BadParameter: it is missing or something else.
        """
        value = self._fields.get(name)
        if not isinstance(value, bool):
            raise BadParameter(f"{name} is neither true nor false")
        return value


def assign(event: threading.Event, value: bool) -> None:
    """Sets or clears an event that keeps a flag which a call may change."""
    if value:
        event.set()
    else:
        event.clear()
