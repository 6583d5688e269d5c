"""LSA spans the leading singular directions of the weighted training matrix, whichever way they are computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from synthlift.classifiers import lsa
from synthlift.classifiers.lsa import Lsa
from synthlift.classifiers.tfidf import TermCounts, Tfidf


def texts(n: int, n_words: int = 60, length: int = 12, seed: int = 0) -> list[str]:
    """Draw texts of Zipf-distributed words, which have no singular values in common."""
    rng = np.random.default_rng(seed)
    chance = 1.0 / np.arange(1, n_words + 1)
    return [" ".join(f"word{i}" for i in rng.choice(n_words, length, p=chance / chance.sum())) for _ in range(n)]


def built(given: Sequence[str], multiplicity: Sequence[float] | None = None) -> tuple[Lsa, Tfidf, NDArray[np.float64]]:
    weight = np.ones(len(given)) if multiplicity is None else np.asarray(multiplicity, dtype=float)
    tfidf = Tfidf(TermCounts(), given, weight)
    return Lsa(tfidf, weight), tfidf, weight


def by_numpy(tfidf: Tfidf, multiplicity: NDArray[np.float64], features: NDArray[np.float64], k: int) -> np.ndarray:
    """Return unit vectors of `features` in the leading right singular directions, by numpy's SVD."""
    weighted = tfidf.features.toarray() * np.sqrt(multiplicity)[:, np.newaxis]
    _, singular, right = np.linalg.svd(weighted, full_matrices=False)
    k = min(k, int((singular**2 > 1e-9 * singular[0] ** 2).sum()))
    projected = features @ right[:k].T
    length = np.linalg.norm(projected, axis=1, keepdims=True)
    return projected / np.where(length > 1e-12, length, 1.0)


def take(path: str, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """Choose the way of computing, and texts for which it would be taken at scale."""
    given = texts(70) if path == "Gram matrix of texts" else texts(400, n_words=12 if "terms" in path else 300)
    tfidf = Tfidf(TermCounts(), given, np.ones(len(given)))
    n_texts, n_terms = tfidf.features.shape
    assert (n_terms < n_texts) == (path == "Gram matrix of terms")
    few = {"Gram matrix of texts": n_texts, "Gram matrix of terms": n_terms, "iterative": 30}[path]
    monkeypatch.setattr(lsa, "FEW", few)
    monkeypatch.setattr(lsa, "N_DIMENSIONS", 20)
    return given


@pytest.mark.parametrize("path", ["Gram matrix of texts", "Gram matrix of terms", "iterative"])
def test_inner_products_are_those_of_numpys_svd(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a rotation the vectors of training and other texts are those of the truncated SVD (all a head sees)."""
    given = take(path, monkeypatch)
    multiplicity = np.random.default_rng(1).integers(1, 4, len(given)).astype(float)
    found, tfidf, _ = built(given, multiplicity)
    other = texts(15, seed=9)
    assert found.vectors.shape == (len(given), 20)
    for vectors, features in (
        (found.vectors, tfidf.features.toarray()),
        (found.transform(other), tfidf.transform(other).toarray()),
    ):
        expected = by_numpy(tfidf, multiplicity, features, 20)
        assert vectors @ vectors.T == pytest.approx(expected @ expected.T, abs=1e-7)


def test_the_iterative_way_agrees_with_the_direct_one_and_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limit lowered the same texts get the same inner products, and the same bits each time."""
    given = texts(150, n_words=200)
    monkeypatch.setattr(lsa, "N_DIMENSIONS", 30)
    direct, _, _ = built(given)
    monkeypatch.setattr(lsa, "FEW", 20)
    iterative, _, _ = built(given)
    assert not np.array_equal(direct.vectors, iterative.vectors)
    assert iterative.vectors @ iterative.vectors.T == pytest.approx(direct.vectors @ direct.vectors.T, abs=1e-7)
    assert np.array_equal(iterative.vectors, built(given)[0].vectors)


def test_as_many_dimensions_as_the_texts_span(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three texts of which two are equal in words span two dimensions; a hundred are never exceeded."""
    assert built(["red apple", "red apple", "blue sky"])[0].vectors.shape == (3, 2)
    assert built(texts(150, n_words=300))[0].vectors.shape == (150, 100)


def test_vectors_have_length_one_or_zero() -> None:
    """A text of unknown words is zero, every other one has length one."""
    found, _, _ = built(["red apple", "blue sky", "green sea"])
    vectors = found.transform(["red sky", "words nobody knows", ""])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 0.0, 0.0])
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(np.ones(3))
    assert found.transform([]).shape == (0, found.vectors.shape[1])


@pytest.mark.parametrize("k", [2, 3, 7])
def test_copies_change_nothing(k: int) -> None:
    """Multiplicity k everywhere gives the vectors of multiplicity one, up to rounding."""
    given = texts(40)
    once, copied = built(given)[0], built(given, [float(k)] * 40)[0]
    assert copied.vectors @ copied.vectors.T == pytest.approx(once.vectors @ once.vectors.T, abs=1e-9)


def test_a_multiplicity_is_a_repeated_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that counts three times is the same text standing there three times."""
    monkeypatch.setattr(lsa, "N_DIMENSIONS", 5)
    given = texts(30)
    counted = built(given, [3.0] + [1.0] * 29)[0]
    repeated = built([given[0], given[0], *given])[0]
    others = texts(10, seed=4)
    left, right = counted.transform(others), repeated.transform(others)
    assert left @ left.T == pytest.approx(right @ right.T, abs=1e-9)


@pytest.mark.parametrize("few", [0, 2000])
def test_texts_without_any_term(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no text has a term there is no direction, and no failure."""
    monkeypatch.setattr(lsa, "FEW", few)
    found, _, _ = built(["", "!", "?"])
    assert found.vectors.shape == (3, 0)
    assert found.transform(["red"]).shape == (1, 0)
