"""The peer of the near-duplicate search: datasketch's MinHashLSH, given the very sets of shingles that ours is given.

It runs in the peers' environment, where synthlift is not installed.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from datasketch import MinHash, MinHashLSH  # type: ignore[import-not-found,unused-ignore]

NUM_PERM = 128  # its default


def main() -> None:
    """Answer requests ``{shingles, threshold, out}`` until the end of the input."""
    for line in sys.stdin:
        request = json.loads(line)
        with np.load(request["shingles"], allow_pickle=False) as stored:
            sets = [part.tolist() for part in np.split(stored["indices"], stored["indptr"][1:-1])]
        start = time.process_time()
        found = candidates(sets, request["threshold"])
        seconds = time.process_time() - start
        np.save(request["out"], np.array(found, dtype=np.int64).reshape(-1, 2))
        print(json.dumps({"seconds": seconds}), flush=True)


def candidates(sets: list[list[int]], threshold: float) -> list[tuple[int, int]]:
    """Return the pairs that meet in a bucket, each once; they are not verified."""
    # shingles are numbered already: no hash is needed before the permutations
    hashes = MinHash.bulk(sets, num_perm=NUM_PERM, hashfunc=int)
    index = MinHashLSH(threshold=threshold, num_perm=NUM_PERM)
    found = []
    for row, minhash in enumerate(hashes):
        found += [(other, row) for other in index.query(minhash)]
        index.insert(row, minhash)
    return found


if __name__ == "__main__":
    main()
