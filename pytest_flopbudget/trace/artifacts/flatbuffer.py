"""Tables of a FlatBuffers file, read with every bound checked: a file may be damaged or cut off."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flatbuffers import number_types
from flatbuffers.table import Table

T = TypeVar("T")

# The types of the format whose numbers are read, by the names that its schemas give them.
WIDTHS = {"bool": 1, "byte": 1, "ubyte": 1, "int": 4, "uint": 4, "ulong": 8}
_FLAGS = {
    "bool": number_types.BoolFlags,
    "byte": number_types.Int8Flags,
    "ubyte": number_types.Uint8Flags,
    "int": number_types.Int32Flags,
    "uint": number_types.Uint32Flags,
    "ulong": number_types.Uint64Flags,
}
_IDENTIFIER = slice(4, 8)
_UOFFSET = 4


class DamagedError(Exception):
    """A file is not what its own bytes say: an offset or a length reaches beyond its end."""


@dataclass(frozen=True, slots=True)
class Record:
    """A table of the file.

    Args:
        data: The whole file.
        position: Where the table begins.
    """

    data: bytes
    position: int

    @classmethod
    def root(cls, data: bytes, identifier: bytes) -> Record | None:
        """The table that a file begins with; None where the file bears another identifier.

        Raises:
            DamagedError: It begins beyond the end of the file.
        """
        if data[_IDENTIFIER] != identifier:
            return None
        return cls(data, _checked(lambda: int(Table(data, 0).Indirect(0))))

    def number(self, slot: int, kind: str, default: int = 0) -> int:
        """A number of the table, by the number of its field in the schema.

        Raises:
            DamagedError: It lies beyond the end of the file.
        """
        return _checked(lambda: self._number(slot, kind, default))

    def numbers(self, slot: int, kind: str) -> tuple[int, ...]:
        """A vector of numbers; empty where there is none.

        Raises:
            DamagedError: It lies beyond the end of the file.
        """
        start, length = self.vector(slot, WIDTHS[kind])
        table, width = Table(self.data, self.position), WIDTHS[kind]
        return tuple(int(table.Get(_FLAGS[kind], start + width * at)) for at in range(length))

    def records(self, slot: int) -> tuple[Record, ...]:
        """A vector of tables; empty where there is none.

        Raises:
            DamagedError: It, or one of them, lies beyond the end of the file.
        """
        start, length = self.vector(slot, _UOFFSET)
        table = Table(self.data, self.position)
        places = (int(table.Indirect(start + _UOFFSET * at)) for at in range(length))
        return tuple(Record(self.data, _within(self.data, place, _UOFFSET)) for place in places)

    def text(self, slot: int) -> str:
        """A text; empty where there is none.

        Raises:
            DamagedError: It lies beyond the end of the file.
        """
        start, length = self.vector(slot, 1)
        return self.data[start : start + length].decode("utf-8", "replace")

    def vector(self, slot: int, width: int) -> tuple[int, int]:
        """Where the elements of a vector begin, in bytes, and how many there are, of a width in bytes.

        Raises:
            DamagedError: It lies beyond the end of the file.
        """
        start, length = _checked(lambda: self._vector(slot))
        _within(self.data, start, length * width)
        return start, length

    def _number(self, slot: int, kind: str, default: int) -> int:
        table = Table(self.data, self.position)
        offset = table.Offset(_field(slot))
        return int(table.Get(_FLAGS[kind], self.position + offset)) if offset else default

    def _vector(self, slot: int) -> tuple[int, int]:
        table = Table(self.data, self.position)
        offset = table.Offset(_field(slot))
        return (int(table.Vector(offset)), int(table.VectorLen(offset))) if offset else (0, 0)


def _field(slot: int) -> int:
    """Where a field stands in a table's list of fields: behind two numbers of two bytes."""
    return 4 + 2 * slot


def _within(data: bytes, start: int, size: int) -> int:
    if start + size > len(data):
        raise DamagedError
    return start


def _checked(read: Callable[[], T]) -> T:
    """What is read; what the package raises for numbers that make no sense is a damaged file."""
    try:
        return read()
    except (struct.error, IndexError, TypeError, ValueError) as error:
        raise DamagedError from error
