"""Vectors are found as they were written, by any process, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from synthlift.errors import Stopped
from synthlift.storage.arrays import to_npy
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.vectors import VectorStore


def rows(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32)


def shard_of(folder: Path) -> tuple[Path, Path]:
    """Return the index and the vectors of the one shard of a folder."""
    (index,), (vectors,) = folder.glob("*.json"), folder.glob("*.npy")
    return index, vectors


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give a folder of two vectors, the second marked."""
    VectorStore(tmp_path / "v").add(["a", "b"], rows(2), np.array([False, True]))
    return tmp_path / "v"


@pytest.mark.parametrize("place", ["v", None])
def test_vectors_come_back_in_the_order_asked(tmp_path, place):
    """Bits and marks are those written, whatever the order, and a key may be asked for twice."""
    store = VectorStore(tmp_path / place if place else None)
    store.add(["a", "b"], rows(2), np.array([False, True]))
    store.add(["c"], rows(1, 1), np.array([False]))
    vectors, marked = store.take(["c", "b", "a", "b"])
    assert np.array_equal(vectors, [*rows(1, 1), *rows(2)[[1, 0, 1]]])
    assert marked.tolist() == [False, True, False, True]
    assert store.missing(["a", "d", "c", "d", "e"]) == ["d", "e"]
    assert store.take([])[0].shape == (0, 3)
    assert (store.n_rows, store.n_repeated, store.n_damaged) == (3, 0, 0)


def test_another_process_finds_them_mapped(folder):
    """A later store has the vectors, and does not hold them in memory."""
    store = VectorStore(folder)
    assert store.missing(["a", "b"]) == []
    assert np.array_equal(store.take(["a", "b"])[0], rows(2))
    assert isinstance(store._shards[0].vectors, np.memmap)


def test_what_another_writes_meanwhile_is_found_at_the_next_miss(folder):
    """A miss looks for new shards before it is told; what both wrote is counted as repeated."""
    first, second = VectorStore(folder), VectorStore(folder)
    first.add(["c"], rows(1, 1), np.array([False]))
    assert second.missing(["c", "d"]) == ["d"]
    assert second.n_repeated == 0
    second.add(["c"], rows(1, 2), np.array([False]))
    assert first.missing(["d"]) == ["d"]
    assert (first.n_repeated, second.n_repeated, first.n_rows) == (1, 1, 4)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "index cut", "index flipped"])
def test_a_damaged_shard_is_not_used_and_writing_it_again_heals_it(folder, damage):
    """Cut, changed or lost files are no vectors; the same content written again is found by all."""
    index, vectors = shard_of(folder)
    path = index if damage.startswith("index") else vectors
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(content if damage.endswith("flipped") else content[:-5])
    store, other = VectorStore(folder), VectorStore(folder)
    assert store.missing(["a", "b"]) == ["a", "b"]
    assert store.n_damaged == 1
    store.add(["a", "b"], rows(2), np.array([False, True]))
    assert other.missing(["a", "b"]) == []
    assert np.array_equal(other.take(["a"])[0], rows(2)[:1])


@pytest.mark.parametrize(
    "array", [np.zeros((3, 3), np.float32), np.zeros((2, 3)), np.zeros(2, np.float32), np.zeros((2, 3, 1), np.float32)]
)
def test_hashes_that_fit_do_not_excuse_another_shape(tmp_path, array):
    """Vectors of another number, type or shape than the index says are not used."""
    content = to_npy(array)
    (tmp_path / f"{sha256(content)}.npy").write_bytes(content)
    index = canonical({"keys": ["a", "b"], "marked": [], "vectors": sha256(content)})
    (tmp_path / f"{sha256(index)}.json").write_text(index)
    assert VectorStore(tmp_path).missing(["a"]) == ["a"]


def test_a_pickle_is_never_loaded(tmp_path):
    """An array of objects, which numpy would unpickle, is not used though its hashes fit."""
    path = tmp_path / "x.npy"
    np.save(path, np.array([[Path("x")]], dtype=object), allow_pickle=True)
    content = path.read_bytes()
    path.rename(tmp_path / f"{sha256(content)}.npy")
    index = canonical({"keys": ["a"], "marked": [], "vectors": sha256(content)})
    (tmp_path / f"{sha256(index)}.json").write_text(index)
    assert VectorStore(tmp_path).missing(["a"]) == ["a"]


@pytest.mark.parametrize("index", ["", "[]", "7", '{"keys": 1}', json.dumps({"keys": ["a"], "vectors": "../x"})])
def test_an_index_that_is_none_is_ignored(tmp_path, index):
    """Any other JSON, and none, is no index."""
    (tmp_path / f"{sha256(index)}.json").write_text(index)
    store = VectorStore(tmp_path)
    assert store.missing(["a"]) == ["a"]
    assert store.n_damaged == 1


def test_a_shard_of_another_width_is_not_mixed_in(folder):
    """Vectors of another number of dimensions cannot be of the same model."""
    VectorStore(folder.parent / "w").add(["c"], np.zeros((1, 5), np.float32), np.array([False]))
    for path in shard_of(folder.parent / "w"):
        path.rename(folder / path.name)
    store = VectorStore(folder)
    missing = store.missing(["a", "b", "c"])
    assert missing in (["c"], ["a", "b"])  # the first by name decides
    assert store.n_damaged == 1


def test_a_folder_that_cannot_be_made_stops(tmp_path):
    """A file in the folder's place is told as a stop."""
    (tmp_path / "v").write_text("")
    with pytest.raises(Stopped, match="cannot write"):
        VectorStore(tmp_path / "v").add(["a"], rows(1), np.array([False]))
