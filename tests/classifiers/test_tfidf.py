"""TF-IDF: by hand, against scikit-learn, and unmoved by copies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from synthlift.classifiers.tfidf import TermCounts, Tfidf

TEXTS = ["red fox red", "blue fox", "red whale swims far"]


def fitted(
    texts: Sequence[str], multiplicity: Sequence[float] | None = None, counts: TermCounts | None = None
) -> Tfidf:
    times = np.ones(len(texts)) if multiplicity is None else np.asarray(multiplicity, dtype=float)
    return Tfidf(counts if counts is not None else TermCounts(), texts, times)


def test_three_short_texts_come_out_as_by_hand() -> None:
    """``(1 + ln count)(1 + ln(n / df))``, rows of length one, columns in alphabetical order."""
    dense = fitted(TEXTS).features.toarray()
    # blue, blue fox, far, fox, fox red, red, red fox, red whale, swims, swims far, whale, whale swims
    rare, common = 1.0 + np.log(3.0), 1.0 + np.log(1.5)
    first = np.array([0, 0, 0, common, rare, (1.0 + np.log(2.0)) * common, rare, 0, 0, 0, 0, 0])
    second = np.array([rare, rare, 0, common, 0, 0, 0, 0, 0, 0, 0, 0])
    np.testing.assert_allclose(dense[0], first / np.linalg.norm(first), rtol=1e-14)
    np.testing.assert_allclose(dense[1], second / np.linalg.norm(second), rtol=1e-14)


words = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "a", "é", "ß", "日本", "ǆ", "x1"]), max_size=8).map(" ".join)


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.lists(words, min_size=1, max_size=6).filter(lambda texts: any(len(t) > 1 for x in texts for t in x.split())))
def test_it_is_scikit_learns_without_smoothing(texts: list[str]) -> None:
    """`TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, smooth_idf=False)` has the same columns and values."""
    known = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, smooth_idf=False)
    np.testing.assert_allclose(fitted(texts).features.toarray(), known.fit_transform(texts).toarray(), atol=1e-14)
    others = ["ab cd ab", "unknown words", "", *texts[:1]]
    np.testing.assert_allclose(fitted(texts).transform(others).toarray(), known.transform(others).toarray(), atol=1e-14)


@pytest.mark.parametrize("k", [2, 3, 7, 1000])
def test_a_corpus_copied_k_times_has_the_same_features_to_the_last_bit(k: int) -> None:
    """Every document k times: not one bit moves, for training and for other texts."""
    once, copied = fitted(TEXTS), fitted(TEXTS, [k] * 3)
    assert np.array_equal(once.features.toarray(), copied.features.toarray())
    other = ["far red whale", "blue blue fox"]
    assert np.array_equal(once.transform(other).toarray(), copied.transform(other).toarray())


def test_multiplicity_counts_as_so_many_documents() -> None:
    """A row of multiplicity 2 weighs in document frequencies as the row written twice."""
    merged = fitted(TEXTS, [2, 1, 1]).features.toarray()
    listed = fitted([TEXTS[0], *TEXTS]).features.toarray()
    np.testing.assert_allclose(merged, listed[1:], rtol=1e-14)


def test_what_was_counted_before_moves_neither_columns_nor_bits() -> None:
    """A `TermCounts` that has seen other texts in another order gives the same features."""
    busy = TermCounts()
    busy.matrix(["zebra crossing", "whale swims far", "blue red", TEXTS[2], TEXTS[0]])
    fresh, used = fitted(TEXTS), fitted(TEXTS, counts=busy)
    other = ["zebra fox", "whale red fox"]
    for ours, theirs in ((fresh.features, used.features), (fresh.transform(other), used.transform(other))):
        assert ours.shape == theirs.shape
        assert np.array_equal(ours.indices, theirs.indices)
        assert np.array_equal(ours.data, theirs.data)


def test_texts_counted_after_the_fit_do_not_change_the_model() -> None:
    """Transforming texts of new words leaves later answers as they were."""
    model = fitted(TEXTS)
    before = model.transform(["red fox"]).toarray()
    model.transform(["many brand new words here"])
    assert np.array_equal(model.transform(["red fox"]).toarray(), before)


def test_unknown_terms_are_left_out_and_the_known_ones_keep_length_one() -> None:
    """A text of unknown terms only is a row of zeros, not an error and not NaN."""
    row = fitted(TEXTS).transform(["unknown fox", "nothing here known", ""]).toarray()
    assert np.linalg.norm(row, axis=1).tolist() == pytest.approx([1.0, 0.0, 0.0])


def test_texts_without_a_single_token_have_no_columns() -> None:
    """Where scikit-learn raises for an empty vocabulary, there are zero features for every text."""
    model = fitted(["?", "!", "a"])
    assert model.features.shape == (3, 0)
    assert model.transform(["red fox"]).shape == (1, 0)
    assert model.transform([]).shape == (0, 0)
