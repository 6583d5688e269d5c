"""Vectors by the key of what they stand for, in files named by the hash of what they hold: found again or not at all.

A shard is two files: ``<hash>.npy`` with vectors as rows, mapped into memory, and ``<hash>.json`` with their keys in
order and the name of the first. Both are written whole, the vectors first. Many processes may write to one folder; one
that misses a key looks for the shards of others before it computes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthlift.storage.arrays import to_npy
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.files import stopped, write_atomic

__all__ = ["VectorStore"]

Float32Array = NDArray[np.float32]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Shard:
    keys: Sequence[str]
    vectors: Float32Array
    marked: BoolArray


class VectorStore:
    """Vectors with a mark each, in a folder.

    Parameters
    ----------
    folder : Path or None
        Made when something is written; without one the vectors stay in memory.

    Attributes
    ----------
    n_rows : int
        Rows of all sound shards.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._shards: list[_Shard] = []
        self._place: dict[str, tuple[int, int]] = {}
        self._known: set[str] = set()
        self._damaged: set[str] = set()
        self.n_rows = 0
        self._look()

    @property
    def n_repeated(self) -> int:
        """Rows whose key another row has too: what was computed more than once, by whichever process."""
        return self.n_rows - len(self._place)

    @property
    def n_damaged(self) -> int:
        """Shards that were not what their names say, and so are not used."""
        return len(self._damaged)

    def missing(self, keys: Sequence[str]) -> list[str]:
        """Return the keys without a vector, each once, in order."""
        if any(key not in self._place for key in keys):
            self._look()
        return list(dict.fromkeys(key for key in keys if key not in self._place))

    def take(self, keys: Sequence[str]) -> tuple[Float32Array, BoolArray]:
        """Return vectors, ``(n_keys, n_dimensions)``, and marks, ``(n_keys,)``.

        Raises
        ------
        KeyError
            For a key that is missing.
        """
        places = np.array([self._place[key] for key in keys], dtype=np.intp).reshape(-1, 2)
        vectors = np.empty((len(keys), self._n_dimensions), dtype=np.float32)
        marked = np.empty(len(keys), dtype=bool)
        for shard in np.unique(places[:, 0]):
            at = places[:, 0] == shard
            vectors[at] = self._shards[shard].vectors[places[at, 1]]
            marked[at] = self._shards[shard].marked[places[at, 1]]
        return vectors, marked

    def add(self, keys: Sequence[str], vectors: Float32Array, marked: BoolArray) -> None:
        """Add vectors, ``(n_keys, n_dimensions)``, for this process and for all others.

        Raises
        ------
        Stopped
            Where the folder cannot be written.
        """
        shard = _Shard(keys, vectors, marked)
        if self._folder is None:
            self._accept(shard)
            return
        rows = to_npy(vectors)
        index = canonical({"keys": keys, "marked": np.flatnonzero(marked).tolist(), "vectors": sha256(rows)}).encode()
        name = sha256(index)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise stopped(self._folder, error) from None
        write_atomic(self._folder / f"{sha256(rows)}.npy", rows)
        write_atomic(self._folder / f"{name}.json", index)
        self._known.add(name)
        # what was just written is mapped, so that it need not stay in memory
        self._accept(_read(self._folder, name) or shard)

    @property
    def _n_dimensions(self) -> int:
        return self._shards[0].vectors.shape[1] if self._shards else 0

    def _look(self) -> None:
        """Read the shards that are new; a damaged one is looked at again, as it may be written anew."""
        if self._folder is None or not self._folder.is_dir():
            return
        for name in sorted(path.stem for path in self._folder.glob("[!.]*.json")):
            if name in self._known:
                continue
            shard = _read(self._folder, name)
            if shard is None or (self._shards and shard.vectors.shape[1] != self._n_dimensions):
                self._damaged.add(name)
                continue
            self._known.add(name)
            self._accept(shard)

    def _accept(self, shard: _Shard) -> None:
        number = len(self._shards)
        self._shards.append(shard)
        self.n_rows += len(shard.keys)
        for row, key in enumerate(shard.keys):
            self._place.setdefault(key, (number, row))


def _read(folder: Path, name: str) -> _Shard | None:
    """Return a shard; None where a file of it is not what its name says, or is not there."""
    try:
        index = (folder / f"{name}.json").read_bytes()
        told = json.loads(index)
        keys, vectors = [str(key) for key in told["keys"]], folder / f"{told['vectors']}.npy"
        with vectors.open("rb") as file:
            sound = sha256(index) == name and hashlib.file_digest(file, "sha256").hexdigest() == told["vectors"]
        if not sound:
            return None
        rows = np.lib.format.open_memmap(vectors, mode="r")  # which refuses objects, and so pickles
        marked = np.zeros(len(keys), dtype=bool)
        marked[told["marked"]] = True
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
    if rows.dtype != np.float32 or rows.ndim != 2 or len(rows) != len(keys):
        return None
    return _Shard(keys, rows, marked)
