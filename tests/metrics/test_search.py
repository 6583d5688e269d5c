"""Exact search in blocks: against sorting all cosines, with ties, whatever the blocks."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from synthlift.errors import NotApplicable
from synthlift.metrics import search
from synthlift.metrics.ranking import Tied, placed
from synthlift.metrics.search import ranked
from synthlift.randomness import stream


def unit(rng, n, dimensions, dtype=np.float32):
    """Draw random directions."""
    drawn = rng.normal(size=(n, dimensions))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(dtype)


def row_number(query, document):
    """Give every document another gain, so that gains say which ones were found."""
    return document.astype(float)


def by_sorting(queries, documents, k, own=None):
    """Hold every cosine, exactly rounded, and place them all."""
    n_queries, n_docs = len(queries), len(documents)
    score = np.array(
        [[math.fsum(x * y for x, y in zip(q, d, strict=True)) for d in documents] for q in queries.tolist()]
    )
    query, document = (axis.ravel() for axis in np.indices((n_queries, n_docs)))
    kept = np.ones(len(query), dtype=bool) if own is None else document != np.repeat(own, n_docs)
    entries = (query, score.ravel(), document.astype(float), np.ones(len(query), dtype=np.int64))
    return placed(Tied(*(a[kept] for a in entries)), n_queries, k)


def same(one, other):
    """Compare rankings: scores to rounding, which documents, and how many are tied."""
    assert one.score == pytest.approx(other.score, abs=1e-14)
    assert one.gain == pytest.approx(other.gain, abs=1e-9)
    assert np.array_equal(one.count, other.count)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 10, 150])
@pytest.mark.parametrize("blocks", [(1024, 2048), (3, 7), (5, 1)])
def test_it_finds_what_sorting_finds(monkeypatch, dtype, k, blocks):
    """Blocks of whatever size, either precision, k below, at and above the number of documents."""
    monkeypatch.setattr(search, "N_QUERIES", blocks[0])
    monkeypatch.setattr(search, "N_DOCUMENTS", blocks[1])
    rng = stream(1)
    queries, documents = unit(rng, 7, 16, dtype), unit(rng, 120, 16, dtype)
    expected = by_sorting(queries.astype(float), documents.astype(float).tolist(), k)
    same(ranked(queries, documents, row_number, k), expected)


@pytest.mark.parametrize("blocks", [(1024, 2048), (2, 9)])
def test_equal_documents_are_tied_to_the_last_bit(monkeypatch, blocks):
    """Fifteen documents, each six times at random rows: every place is a tie of six, wherever blocks cut them."""
    monkeypatch.setattr(search, "N_QUERIES", blocks[0])
    monkeypatch.setattr(search, "N_DOCUMENTS", blocks[1])
    rng = stream(2)
    queries, distinct = unit(rng, 5, 33), unit(rng, 15, 33)
    kind = rng.permutation(np.repeat(np.arange(15), 6))
    found = ranked(queries, distinct[kind], lambda _query, document: kind[document].astype(float), 10)
    order = np.argsort(-(queries.astype(float) @ distinct.T.astype(float)), axis=1)
    assert np.array_equal(found.gain, np.repeat(order[:, :2], 6, axis=1)[:, :10])
    assert np.array_equal(found.count, np.tile([1] * 9 + [3], (5, 1)))


def test_what_single_precision_cannot_tell_apart_is_told_apart():
    """Cosines that differ by 1e-12 only are ranked by it: a thousand documents all round to one number in float32."""
    angle = 1e-6 + 1e-9 * stream(3).permutation(1000)
    documents = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = ranked(np.array([[0.0, 1.0]]), documents * [1.0, 1.0], lambda _query, document: angle[document], 5)
    assert found.gain[0] == pytest.approx(np.sort(angle)[::-1][:5], abs=1e-15)
    assert found.count.tolist() == [[1] * 5]


def test_the_query_itself_is_no_answer(monkeypatch):
    """Documents that ask are left out for themselves only, in whatever block they lie; -1 leaves nothing out."""
    monkeypatch.setattr(search, "N_DOCUMENTS", 8)
    documents = unit(stream(4), 30, 8)
    own = np.array([0, 29, -1, 13])
    queries = documents[[0, 29, 5, 13]]
    found = ranked(queries, documents, row_number, 30, own)
    same(found, by_sorting(queries.astype(float), documents.astype(float).tolist(), 30, own))
    assert found.gain[2, 0] == 5.0
    assert (found.count == 0).sum(axis=1).tolist() == [1, 1, 0, 1]


def test_a_query_of_no_direction_is_tied_with_everything(monkeypatch):
    """Zero has cosine 0 to all: every place holds the mean gain, and memory for the tie is that of a place."""
    monkeypatch.setattr(search, "N_DOCUMENTS", 64)
    found = ranked(np.zeros((1, 4)), unit(stream(5), 500, 4), row_number, 3)
    assert found.score.tolist() == [[0.0] * 3]
    assert found.gain[0] == pytest.approx([249.5] * 3)
    assert found.count.tolist() == [[1, 1, 498]]


def test_one_document_that_asks_for_itself_finds_nothing():
    """No document is left: the places are empty."""
    one = np.array([[1.0, 0.0]])
    assert ranked(one, one, row_number, 2, np.array([0])).count.tolist() == [[0, 0]]


def test_nothing_to_search_or_to_ask():
    """No documents leave the places empty; no queries have none."""
    vectors = unit(stream(6), 3, 4)
    assert ranked(vectors, vectors[:0], row_number, 2).count.tolist() == [[0, 0]] * 3
    assert ranked(vectors[:0], vectors, row_number, 2).score.shape == (0, 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", ["query", "document"])
def test_what_is_not_a_number_is_refused(bad, side):
    """A diverged encoder's vectors rank nothing; the reason says whose they are."""
    queries, documents = unit(stream(7), 3, 4), unit(stream(8), 5, 4)
    (queries if side == "query" else documents)[2, 1] = bad
    with pytest.raises(NotApplicable, match=f"got a {side} vector with a number that is not finite"):
        ranked(queries, documents, row_number, 2)


def test_bad_arguments_are_told():
    """Lengths, shapes, places and rows that cannot be: got and expected."""
    queries, documents = unit(stream(9), 3, 4), unit(stream(10), 5, 4)
    cases = [
        ((queries, documents, row_number, 0), "got k = 0, expected at least 1 place"),
        ((queries, documents[:, :3], row_number, 1), "got queries of shape (3, 4) and documents of shape (5, 3)"),
        ((queries, documents * 3, row_number, 1), "got a document vector of length 3 in row 0, expected 1 or 0"),
        ((queries, documents, row_number, 1, np.array([0, 1])), "got own rows of shape (2,)"),
        ((queries, documents, row_number, 1, np.array([0, 1, 5])), "expected one row below 5, or -1"),
        ((queries, documents, row_number, 1, np.array([0, 1, -2])), "expected one row below 5, or -1"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=re.escape(message)):
            ranked(*arguments)
