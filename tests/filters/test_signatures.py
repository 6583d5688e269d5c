"""Fingerprints agree as texts do."""

from __future__ import annotations

import random

import numpy as np
import pytest

from synthlift.corpus.shingles import near_pairs, shingle_matrix
from synthlift.filters.signatures import N_PERMUTATIONS, WordHashes, run_hashes, signatures


def _pairs(n_words, alphabet):
    """Return texts whose first part they share, from none of it to all."""
    rng = random.Random(n_words)
    pairs = []
    for shared in range(0, n_words + 1, max(n_words // 20, 1)):
        head = rng.choices(alphabet, k=shared)
        pairs.append([" ".join(head + rng.choices(alphabet, k=n_words - shared)) for _ in range(2)])
    return pairs


@pytest.mark.parametrize(
    ("n_words", "analyzer"), [(80, "word"), (400, "word"), (20, "word"), (15, "word"), (60, "char")]
)
def test_equal_numbers_estimate_the_jaccard_similarity(n_words, analyzer):
    """Within four binomial standard errors for each of 20 pairs, and without a bias over all of them."""
    alphabet = [f"{a}{b}n" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmnopqrst"]
    errors = []
    for pair in _pairs(n_words, alphabet):
        shingles = shingle_matrix(pair, analyzer).toarray().astype(bool)
        exact = (shingles[0] & shingles[1]).sum() / (shingles[0] | shingles[1]).sum()
        one, other = signatures(pair, analyzer)
        error = np.sqrt(exact * (1 - exact) / N_PERMUTATIONS)
        estimate = (one == other).mean()
        assert abs(estimate - exact) <= 4 * error + 1e-9
        if error > 0:
            errors.append((estimate - exact) / error)
    assert abs(np.mean(errors)) < 4 / np.sqrt(len(errors))
    assert 0.5 < np.std(errors) < 1.6


def test_a_signature_is_the_texts_own():
    """Whatever was hashed before it, and however it is written."""
    text = (
        "A device comprising a housing and a plurality of cooling fins, wherein every one of the twenty fins is hollow."
    )
    alone = signatures([text])[0]
    assert (signatures(["other words " * 30, text.upper().replace(",", " ")])[1] == alone).all()
    assert len(near_pairs(shingle_matrix([text, text.upper()])).left) == 1


def test_word_hashes_are_the_same_in_every_process():
    """Known values: BLAKE2b of the word's UTF-8, 8 bytes, the lowest first."""
    assert WordHashes()["fox"] == 0xB773521A1407E112
    assert WordHashes()["é"] == 0x2F19F3EF8BBF1ACB


def test_runs_are_told_apart_by_order_and_width():
    """Reversed words have no run of two in common, and a run of two is none of three."""
    units = np.array([5, 6, 7, 8], dtype=np.uint64)
    assert not set(run_hashes(units, 2)) & set(run_hashes(units[::-1].copy(), 2))
    assert not set(run_hashes(units, 2)) & set(run_hashes(units, 3))
    assert len(run_hashes(units, 5)) == 0
