"""Arrays as bytes and back, with nothing in between that could run code."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["from_npy", "to_npy"]

_KINDS = "biuf"  # bool, int, unsigned, float: what a trial leaves


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
    """Return the array of ``.npy`` bytes; it is never unpickled.

    Raises
    ------
    ValueError
        For bytes that `to_npy` cannot have written: an array of objects, or a header that promises more than there is.
    """
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("got another version of .npy, expected 1.0")
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    # the size is compared first: numpy makes room for what the header promises before it reads on
    if dtype.kind not in _KINDS or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise ValueError(f"got an array of {dtype} and shape {shape}, expected what the bytes hold")
    file.seek(0)
    array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array
