"""The kinds of message fields: default value, accepted values, and encoding.

Value types are those of rclpy's generated classes: ``array.array`` for sequences of numbers,
``numpy.ndarray`` for their fixed-size arrays, ``bytes`` of length 1 for ``byte``, lists otherwise.
"""

from __future__ import annotations

from array import array
from typing import Any, Protocol

import numpy as np

from specedge.ros.cyclone.cdr import Reader, Writer

# Name in a .msg file: code of the struct and array modules (on Linux they agree up to 64 bits).
NUMBERS = {
    "int8": "b", "uint8": "B", "char": "B", "int16": "h", "uint16": "H", "int32": "i",
    "uint32": "I", "int64": "q", "uint64": "Q", "float32": "f", "float64": "d",
}  # fmt: skip


class Unfit(Exception):
    """A value does not fit a field; the text says what would."""


class Field(Protocol):
    """One field of a message type. ``name`` is its type as rclpy spells it."""

    name: str

    def default(self) -> Any: ...

    def checked(self, value: Any) -> Any:
        """Returns the value as it is to be kept, or raises Unfit."""

    def write(self, writer: Writer, value: Any) -> None: ...

    def read(self, reader: Reader) -> Any: ...


class Number:
    """An integer or a floating-point number."""

    def __init__(self, name: str, default: float = 0) -> None:
        self.name = name
        self.code = NUMBERS[name]
        self.is_float = self.code in "fd"
        self._default = float(default) if self.is_float else int(default)
        bits = 8 * array(self.code).itemsize
        signed = self.code.islower()
        self._low = -(2 ** (bits - 1)) if signed else 0
        self._high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1

    def default(self) -> float:
        return self._default

    def checked(self, value: Any) -> Any:
        if self.is_float:
            # rclpy refuses an int here too: code must not depend on which of the two runs.
            if not isinstance(value, float):
                raise Unfit("a float")
        elif not isinstance(value, int) or not self._low <= value <= self._high:
            raise Unfit(f"an int from {self._low} to {self._high}")
        return value

    def write(self, writer: Writer, value: Any) -> None:
        writer.primitive(self.code, value)

    def read(self, reader: Reader) -> Any:
        return reader.primitive(self.code)


class Boolean:
    name = "boolean"

    def default(self) -> bool:
        return False

    def checked(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Unfit("True or False")
        return value

    def write(self, writer: Writer, value: Any) -> None:
        writer.primitive("?", value)

    def read(self, reader: Reader) -> bool:
        return bool(reader.primitive("?"))


class Octet:
    """``byte``, which rclpy keeps as a bytes object of length 1."""

    name = "octet"

    def default(self) -> bytes:
        return b"\0"

    def checked(self, value: Any) -> bytes:
        if not isinstance(value, bytes) or len(value) != 1:
            raise Unfit("bytes of length 1")
        return value

    def write(self, writer: Writer, value: Any) -> None:
        writer.raw(value)

    def read(self, reader: Reader) -> bytes:
        return bytes(reader.raw(1))


class Text:
    def __init__(self, bound: int = 0) -> None:
        self.name = f"string<{bound}>" if bound else "string"
        self._bound = bound

    def default(self) -> str:
        return ""

    def checked(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Unfit("a str")
        if self._bound and len(value) > self._bound:
            raise Unfit(f"a str of at most {self._bound} characters")
        return value

    def write(self, writer: Writer, value: Any) -> None:
        writer.text(value)

    def read(self, reader: Reader) -> str:
        return reader.text()


class Numbers:
    """A sequence of numbers. bytes, bytearrays and numpy arrays are taken in one copy."""

    def __init__(self, item: Number, bound: int = 0) -> None:
        self.name = f"sequence<{item.name}{f', {bound}' if bound else ''}>"
        self._item = item
        self._bound = bound

    def default(self) -> array[Any]:
        return array(self._item.code)

    def checked(self, value: Any) -> array[Any]:
        code = self._item.code
        try:
            if isinstance(value, array) and value.typecode == code:
                kept = value
            elif isinstance(value, np.ndarray) and value.dtype == np.dtype(code):
                kept = array(code, value.tobytes())
            elif isinstance(value, (bytes, bytearray, memoryview)) and code == "B":
                kept = array(code)
                kept.frombytes(value)
            elif isinstance(value, (str, bytes)):
                raise Unfit(f"a sequence of {self._item.name}")
            else:
                kept = array(code, value)
        except (TypeError, OverflowError, ValueError) as error:
            raise Unfit(f"a sequence of {self._item.name} ({error})") from error
        if self._bound and len(kept) > self._bound:
            raise Unfit(f"at most {self._bound} items")
        return kept

    def write(self, writer: Writer, value: Any) -> None:
        writer.primitive("I", len(value))
        writer.raw(memoryview(value).cast("B") if len(value) else b"", value.itemsize)

    def read(self, reader: Reader) -> array[Any]:
        code = self._item.code
        return reader.numbers(code, reader.count(array(code).itemsize))


class FixedNumbers:
    """A fixed-size array of numbers, a numpy array of its dtype."""

    def __init__(self, item: Number, size: int) -> None:
        self.name = f"{item.name}[{size}]"
        self._item = item
        self._size = size

    def default(self) -> np.ndarray[Any, Any]:
        return np.zeros(self._size, np.dtype(self._item.code))

    def checked(self, value: Any) -> np.ndarray[Any, Any]:
        try:
            kept = np.asarray(value, np.dtype(self._item.code))
        except (TypeError, ValueError, OverflowError) as error:
            raise Unfit(f"{self._size} numbers of {self._item.name} ({error})") from error
        if kept.shape != (self._size,):
            raise Unfit(f"{self._size} numbers of {self._item.name}, in one dimension")
        return kept

    def write(self, writer: Writer, value: Any) -> None:
        writer.raw(value.tobytes(), value.itemsize)

    def read(self, reader: Reader) -> np.ndarray[Any, Any]:
        code = self._item.code
        return np.array(reader.numbers(code, self._size), np.dtype(code))


class Items:
    """A sequence (size 0) or fixed-size array of anything but numbers, kept as a list."""

    def __init__(self, item: Field, *, size: int = 0, bound: int = 0) -> None:
        self.name = (
            f"{item.name}[{size}]" if size else f"sequence<{item.name}{f', {bound}' * bool(bound)}>"
        )
        self._item = item
        self._size = size
        self._bound = bound

    def default(self) -> list[Any]:
        return [self._item.default() for _ in range(self._size)]

    def checked(self, value: Any) -> list[Any]:
        if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
            raise Unfit(f"a list, each item of {self._item.name}")
        # The caller's own list is kept, so that appending to it goes on to work.
        kept = value if isinstance(value, list) else list(value)
        for index, item in enumerate(kept):
            try:
                self._item.checked(item)
            except Unfit as error:
                raise Unfit(f"a list; its item {index} must be {error}") from error
        if (self._size and len(kept) != self._size) or (self._bound and len(kept) > self._bound):
            raise Unfit(f"a list of {self._size or f'at most {self._bound}'} items")
        return kept

    def write(self, writer: Writer, value: Any) -> None:
        if not self._size:
            writer.primitive("I", len(value))
        for item in self.checked(value):  # items may have been appended since it was set
            self._item.write(writer, item)

    def read(self, reader: Reader) -> list[Any]:
        return [self._item.read(reader) for _ in range(self._size or reader.count())]
