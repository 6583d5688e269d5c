"""Copying of texts and nearness to them: by hand, against sets of Python tuples, and where nothing is copied."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import binomtest

from synthlift.metrics import copying
from synthlift.metrics.copying import Words, containment, contaminated, distance_to_closest, nearest


def words(*texts: list[int]) -> Words:
    return Words(np.array([w for text in texts for w in text], np.int64), np.cumsum([0, *map(len, texts)]))


def grams(text: list[int], n: int) -> set[tuple[int, ...]]:
    return {tuple(text[i : i + n]) for i in range(len(text) - n + 1)}


def random_texts(rng: np.random.Generator, n_docs: int, longest: int, n_words: int) -> list[list[int]]:
    return [rng.integers(0, n_words, rng.integers(0, longest)).tolist() for _ in range(n_docs)]


@pytest.mark.parametrize(("n", "n_words"), [(1, 60), (2, 9), (5, 3)])
@pytest.mark.parametrize("seed", range(4))
def test_containment_is_that_of_sets(seed, n, n_words):
    """Every text's share is that of plain sets of tuples, texts without an n-gram, or without a word, among them."""
    rng = np.random.default_rng(seed)
    texts, known = random_texts(rng, 30, 14, n_words), random_texts(rng, 10, 12, n_words)
    union = set().union(*(grams(text, n) for text in known))
    expected = [len(g & union) / len(g) if (g := grams(text, n)) else np.nan for text in texts]
    np.testing.assert_allclose(containment(words(*texts), words(*known), n), expected)
    assert np.isnan(expected).any()
    assert sum(0 < share < 1 for share in expected) > 2


def test_repeats_count_once_and_pieces_of_several_documents_all_count():
    """A repeated n-gram is one; text patched together from two documents is contained but for the seam."""
    assert containment(words([1, 2, 1, 2, 1, 2, 9]), words([1, 2]), 2).tolist() == pytest.approx([1 / 3])
    patched = containment(words([1, 2, 3, 4, 5, 6]), words([0, 1, 2, 3], [4, 5, 6, 0]), 2)
    assert patched.tolist() == pytest.approx([4 / 5])


def test_no_run_crosses_from_one_text_to_the_next():
    """What only stands astride two texts is in neither."""
    assert containment(words([1, 2], [2, 3]), words([9, 1], [2, 9]), 2).tolist() == [0.0, 0.0]
    assert containment(words(), words([1, 2]), 2).tolist() == []
    assert np.isnan(containment(words([1]), words(), 2)).all()


def test_contamination_needs_thirteen_words_or_eight_in_short_texts():
    """In 40 words a run of 12 is none and one of 13 is; in 39 words a run of 7 is none and one of 8 is."""
    test = words(list(range(100)))

    def text(n_shared: int, length: int) -> list[int]:
        return [*range(10, 10 + n_shared), *range(1000, 1000 + length - n_shared)]

    texts = words(text(12, 40), text(13, 40), text(7, 39), text(8, 39), text(8, 8), text(7, 7))
    assert contaminated(texts, test).tolist()[:5] == [0.0, 1.0, 0.0, 1.0, 1.0]
    assert np.isnan(contaminated(texts, test)[5])


def unit(rows: np.ndarray) -> sparse.csr_array:
    return sparse.csr_array(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_nearest_is_that_of_all_pairs(monkeypatch):
    """Rows and cosines are those of the full table, over block borders too, and no document is its own neighbour."""
    monkeypatch.setattr(copying, "BLOCK", 7)
    rng = np.random.default_rng(0)
    left, right = unit(rng.standard_normal((20, 4))), unit(rng.standard_normal((15, 4)))
    table = (left @ right.T).toarray()
    row, cosine = nearest(left, right)
    assert row.tolist() == table.argmax(axis=1).tolist()
    np.testing.assert_allclose(cosine, table.max(axis=1))
    among = (left @ left.T).toarray()
    np.fill_diagonal(among, -1.0)
    row, cosine = nearest(left, left, others=True)
    assert row.tolist() == among.argmax(axis=1).tolist()
    np.testing.assert_allclose(cosine, among.max(axis=1))


def sides(train: list[float], held_out: list[float], n_reference: int):
    """Give document i the i-th real one of each side as its closest."""
    row = np.arange(len(train)) % n_reference
    return (row, np.array(train)), (row, np.array(held_out))


def test_share_counts_ties_as_halves():
    """Of 20 documents 10 nearer to train, 4 tied, two of these near to nothing at all: 12 of 20; medians by hand."""
    train, held_out = [0.9] * 10 + [0.5, 0.5, 0.0, 0.0] + [0.1] * 6, [0.2] * 10 + [0.5, 0.5, 0.0, 0.0] + [0.3] * 6
    found = distance_to_closest(*sides(train, held_out, 20), 20, np.random.default_rng(0))
    assert found.share.value == pytest.approx(0.6)
    assert (found.median_train, found.median_held_out) == pytest.approx((0.7, 0.2))
    assert found.reason is None


def test_each_document_with_its_own_neighbour_is_the_binomial_test():
    """Among many real documents of which none is the closest of two, interval and p are nearly the binomial ones."""
    n, n_reference = 200, 4000
    train = [0.9] * 115 + [0.1] * 85
    found = distance_to_closest(*sides(train, [0.5] * n, n_reference), n_reference, np.random.default_rng(0))
    expected = binomtest(115, n)
    interval = expected.proportion_ci(method="wilson")
    assert (found.share.low, found.share.high) == pytest.approx((interval.low, interval.high), abs=0.02)
    assert found.p == pytest.approx(expected.pvalue, abs=0.02)


def test_copies_of_train_are_all_nearer_to_train():
    """Verbatim copies of each training document: share 1, p as small as 1,999 halves allow."""
    rng = np.random.default_rng(0)
    train, held_out = unit(rng.standard_normal((50, 20))), unit(rng.standard_normal((50, 20)))
    found = distance_to_closest(nearest(train, train), nearest(train, held_out), 50, rng)
    assert found.share.value == 1.0
    assert found.share.low > 0.9
    assert found.p == pytest.approx(1 / 2000)
    assert found.median_train == pytest.approx(1.0)


def test_a_single_real_document_near_to_all_is_no_evidence():
    """A hub that happens to lie in train is one document: the share is 1 and p is not small."""
    row = np.zeros(100, np.int64)
    found = distance_to_closest((row, np.full(100, 0.9)), (row, np.full(100, 0.1)), 40, np.random.default_rng(0))
    assert found.share.value == 1.0
    assert found.p == 1.0


def test_documents_near_to_nothing_are_near_to_no_document_in_particular():
    """A hundred without a known word count half each, not as neighbours of the first real document of either side."""
    nothing = (np.zeros(100, np.int64), np.zeros(100))
    found = distance_to_closest(nothing, nothing, 40, np.random.default_rng(0))
    expected = binomtest(50, 100).proportion_ci(method="wilson")
    assert (found.share.value, found.p) == (0.5, 1.0)
    assert (found.share.low, found.share.high) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("n", "n_reference"), [(19, 50), (50, 19), (0, 50)])
def test_few_documents_are_refused_with_the_reason(n, n_reference):
    """Under 20 on either side there is no number, and it is said how many there were."""
    found = distance_to_closest(*sides([0.5] * n, [0.4] * n, n_reference), n_reference, np.random.default_rng(0))
    assert (found.share, found.p, found.median_train, found.median_held_out) == (None, None, None, None)
    assert f"got {n} synthetic and {n_reference} real" in found.reason
    assert "20" in found.reason


def test_where_nothing_is_copied_the_share_is_a_half_and_p_uniform():
    """Four siblings each, 60 real documents a side, one source: 5 % of p under .05; there a binomial test errs."""
    p, binomial, share, covered = [], [], [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        train, held_out = unit(rng.standard_normal((60, 20))), unit(rng.standard_normal((60, 20)))
        siblings = np.repeat(rng.standard_normal((40, 20)), 4, axis=0) + 0.1 * rng.standard_normal((160, 20))
        found = distance_to_closest(nearest(unit(siblings), train), nearest(unit(siblings), held_out), 60, rng)
        p.append(found.p)
        share.append(found.share.value)
        covered += found.share.low <= 0.5 <= found.share.high
        binomial.append(binomtest(round(160 * found.share.value), 160).pvalue)
    assert np.mean(share) == pytest.approx(0.5, abs=0.02)
    assert np.mean(np.array(p) < 0.05) < 0.09
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.12)
    assert covered >= 180
    assert np.mean(np.array(binomial) < 0.05) > 0.15
