"""A reader of Thrift's compact protocol, in which the headers and the footer of a Parquet file are written.

References
----------
Apache Thrift, ``thrift-compact-protocol.md``.
"""

from __future__ import annotations

__all__ = ["CompactReader", "DamagedParquet", "Struct", "count"]

MAX_NESTING = 16
MAX_VARINT_BYTES = 10
STOP, TRUE, FALSE, BYTE, I16, I64, DOUBLE, BINARY, LIST, SET, STRUCT = 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12
LONG_LIST = 15

Struct = dict[int, object]


class DamagedParquet(Exception):
    """Bytes that are not those of a Parquet file."""


def count(value: object) -> int:
    """Return a size or an offset.

    Raises
    ------
    DamagedParquet
        Where it is absent or below zero.
    """
    if not isinstance(value, int) or value < 0:
        raise DamagedParquet("a size or an offset is missing")
    return value


class CompactReader:
    """Reads structs; raises IndexError where the bytes end, and `DamagedParquet` where they are no structs.

    Attributes
    ----------
    at : int
        How many bytes were read.

    Examples
    --------
    >>> CompactReader(bytes([0x15, 0x06, 0x1C, 0x11, 0x00, 0x00])).struct()
    {1: 3, 2: {1: True}}
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.at = 0

    def struct(self, nesting: int = MAX_NESTING) -> Struct:
        """Read the fields of a struct by their number; strings are passed over, and are None."""
        if nesting == 0:
            raise DamagedParquet("structs nested too deep")
        fields: Struct = {}
        number = 0
        while (head := self._byte()) != STOP:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 15
            fields[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, nesting)
        return fields

    def _value(self, kind: int, nesting: int) -> object:
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if I16 <= kind <= I64:
            return self._zigzag()
        if kind == STRUCT:
            return self.struct(nesting - 1)
        if kind in (LIST, SET):
            return self._list(nesting - 1)
        if kind in (DOUBLE, BINARY):
            self._skip(8 if kind == DOUBLE else self._varint())
            return None
        raise DamagedParquet("a field of unknown kind")

    def _list(self, nesting: int) -> list[object]:
        if nesting == 0:
            raise DamagedParquet("lists nested too deep")
        head = self._byte()
        n_items = head >> 4 if head >> 4 < LONG_LIST else self._varint()
        return [self._value(head & 15, nesting) for _ in range(n_items)]

    def _skip(self, n_bytes: int) -> None:
        self.at += n_bytes
        if self.at > len(self._content):
            raise IndexError

    def _byte(self) -> int:
        self.at += 1
        return self._content[self.at - 1]

    def _varint(self) -> int:
        value = 0
        for place in range(MAX_VARINT_BYTES):
            byte = self._byte()
            value |= (byte & 127) << (7 * place)
            if byte < 128:
                return value
        raise DamagedParquet("an endless number")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
