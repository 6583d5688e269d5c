"""Arrays as bytes and back, with nothing in between that could run code."""

from __future__ import annotations

import io
import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["from_npy", "to_npy"]

_KINDS = "biuf"  # bool, int, unsigned, float: what a trial leaves
_MAGIC = b"\x93NUMPY\x01\x00"
_FIXED = len(_MAGIC) + 2  # and the length of the header


def to_npy(array: NDArray[Any]) -> bytes:
    """Return the ``.npy`` bytes of an array of booleans, integers or floats.

    Rows first and little-endian, so that equal arrays of one type have equal bytes.

    Raises
    ------
    ValueError
        For any other type, objects above all.
    """
    if array.dtype.kind not in _KINDS:
        raise ValueError(f"got an array of {array.dtype}, expected booleans, integers or floats: convert it first")
    plain = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    file = io.BytesIO()
    np.lib.format.write_array(file, plain, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def from_npy(content: bytes) -> NDArray[Any]:
    """Return the array of ``.npy`` bytes, read-only and in their very memory; it is never unpickled.

    Raises
    ------
    ValueError
        For bytes that `to_npy` cannot have written: an array of objects, or a header that promises more than there is.
    """
    if not content.startswith(_MAGIC) or len(content) < _FIXED:
        raise ValueError("got another version of .npy, expected 1.0")
    start = _FIXED + int.from_bytes(content[len(_MAGIC) : _FIXED], "little")
    shape, dtype = _layout(content[:start])
    # the size is compared first: the header may promise any
    if dtype.kind not in _KINDS or math.prod(shape) * dtype.itemsize != len(content) - start:
        raise ValueError(f"got an array of {dtype} and shape {shape}, expected what the bytes hold")
    return np.frombuffer(content, dtype, offset=start).reshape(shape)


@lru_cache(maxsize=1024)
def _layout(header: bytes) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Read a header; a run has a handful of different ones, and numpy takes longer for one than for all its numbers."""
    file = io.BytesIO(header)
    np.lib.format.read_magic(file)
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    if by_columns:
        raise ValueError("got an array by columns, expected one by rows")
    return shape, dtype
