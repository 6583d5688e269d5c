"""Arrays come back bit for bit, and nothing is ever unpickled."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest

from synthlift.storage.arrays import from_npy, to_npy

ARRAYS = [
    np.array([[0.1, -0.0], [np.inf, 5e-324]]),
    np.arange(7, dtype=np.float32)[::2],
    np.packbits(np.eye(9, dtype=bool), axis=1),
    np.eye(3, dtype=bool),
    np.array(7),
    np.zeros((0, 4), dtype=np.int64),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype=">i4"),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_round_trip(array):
    """Shape, kind and every bit come back."""
    back = from_npy(to_npy(array))
    assert back.shape == array.shape
    assert back.dtype == array.dtype.newbyteorder("<")
    assert back.tobytes() == array.astype(back.dtype).tobytes()


def test_equal_arrays_have_equal_bytes():
    """Memory order and byte order of the machine do not show."""
    array = np.arange(6.0).reshape(2, 3)
    assert to_npy(array) == to_npy(np.asfortranarray(array)) == to_npy(array.astype(">f8"))


@pytest.mark.parametrize("array", [np.array([{}]), np.array(["a"]), np.array([1j]), np.zeros(1, dtype=[("a", "f8")])])
def test_other_types_are_refused(array):
    """Objects, text, complex numbers and records cannot be stored."""
    with pytest.raises(ValueError, match="expected booleans, integers or floats"):
        to_npy(array)


class _Trap:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_object_file_is_not_unpickled():
    """A file with pickled objects is refused and its code does not run, also where its size fits the header."""
    file = io.BytesIO()
    np.save(file, np.array([_Trap()], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="got an array of object"):
        from_npy(file.getvalue())
    head = file.getvalue()[: -len(pickle.dumps(np.array([_Trap()], dtype=object), protocol=4))]
    with pytest.raises(ValueError):  # noqa: PT011 (which of the checks comes first is no matter)
        from_npy(head + b"\x00" * 8)


@pytest.mark.parametrize("shape", ["(9,)", "(10**15,)", "(1000000000000000,)", "(-1, -3)", "(3.0,)"])
def test_header_that_promises_more(shape):
    """A header that does not fit the bytes is refused before room is made for it."""
    content = to_npy(np.arange(3.0)).replace(b"(3,), }", f"{shape}, }}".encode())
    with pytest.raises(ValueError):  # noqa: PT011
        from_npy(content)


@pytest.mark.parametrize("cut", [0, 5, 9, 40, 128, 151])
def test_cut_short(cut):
    """Bytes that end too early are refused."""
    content = to_npy(np.arange(3.0))
    assert len(content) == 152
    with pytest.raises(ValueError):  # noqa: PT011
        from_npy(content[:cut])
