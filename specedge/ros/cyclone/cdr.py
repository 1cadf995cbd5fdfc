"""Plain CDR (XCDR version 1), the encoding of ROS 2 messages on the wire.

OMG DDS-XTYPES 1.3, section 7.4.1: a header of 4 bytes names the byte order; after it, every
primitive is aligned to its own size, counted from the end of the header.
"""

from __future__ import annotations

import struct
import sys
from array import array
from typing import Any

from specedge.ros.errors import MalformedMessage

HEADER_SIZE = 4
_NATIVE_IS_LITTLE = sys.byteorder == "little"
_STRUCTS = {order + code: struct.Struct(order + code) for order in "<>" for code in "?bBhHiIqQfd"}


class Writer:
    """Collects one message in the byte order of this machine."""

    def __init__(self) -> None:
        self._bytes = bytearray((0, int(_NATIVE_IS_LITTLE), 0, 0))
        self._order = "<" if _NATIVE_IS_LITTLE else ">"

    def align(self, size: int) -> None:
        self._bytes += bytes((HEADER_SIZE - len(self._bytes)) % size)

    def primitive(self, code: str, value: Any) -> None:
        """Appends one value; code is that of the struct module."""
        packer = _STRUCTS[self._order + code]
        self.align(packer.size)
        self._bytes += packer.pack(value)

    def raw(self, content: bytes | bytearray | memoryview, item_size: int = 1) -> None:
        """Appends bytes in native order, aligned for items of that size."""
        if len(content):
            self.align(item_size)
            self._bytes += content

    def text(self, value: str) -> None:
        encoded = value.encode("utf-8")
        self.primitive("I", len(encoded) + 1)
        self._bytes += encoded
        self._bytes.append(0)

    def finish(self) -> bytes:
        """Returns the message with its header, padded to whole words as DDS wants it."""
        self.align(4)
        return bytes(self._bytes)


class Reader:
    """Takes one message apart.

    Raises:
        MalformedMessage: from any method, when the bytes end early or make no sense.
    """

    def __init__(self, content: bytes) -> None:
        if len(content) < HEADER_SIZE or content[0] != 0 or content[1] > 1:
            raise MalformedMessage(f"no plain CDR message: it starts with {content[:4].hex()!r}")
        self._bytes = memoryview(content)
        self._position = HEADER_SIZE
        self._little = content[1] == 1
        self._order = "<" if self._little else ">"

    def align(self, size: int) -> None:
        self._position += (HEADER_SIZE - self._position) % size

    def primitive(self, code: str) -> Any:
        unpacker = _STRUCTS[self._order + code]
        self.align(unpacker.size)
        return unpacker.unpack(self._take(unpacker.size))[0]

    def count(self, least_item_size: int = 1) -> int:
        """Takes the length of a sequence, which the rest of the message must be able to hold."""
        number: int = self.primitive("I")
        if number * least_item_size > len(self._bytes) - self._position:
            raise MalformedMessage(f"a sequence claims {number} items, more than the message has")
        return number

    def raw(self, size: int) -> memoryview:
        return self._take(size)

    def numbers(self, typecode: str, number: int) -> array[Any]:
        """Takes that many values of a typecode of the array module."""
        values = array(typecode)
        if number:
            self.align(values.itemsize)
            values.frombytes(self._take(number * values.itemsize))
            if self._little != _NATIVE_IS_LITTLE:
                values.byteswap()
        return values

    def text(self) -> str:
        size = self.count()
        if size == 0:
            return ""
        try:
            return str(self._take(size)[:-1], "utf-8")
        except UnicodeDecodeError as error:
            raise MalformedMessage(f"a string is not UTF-8: {error}") from error

    def _take(self, size: int) -> memoryview:
        end = self._position + size
        if end > len(self._bytes):
            raise MalformedMessage(
                f"the message ends after {len(self._bytes)} bytes, in the middle of a field"
            )
        part = self._bytes[self._position : end]
        self._position = end
        return part
