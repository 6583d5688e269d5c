"""Parents are inferred where a text is nearer to a real one than real ones are to each other."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.corpus import parents
from synthlift.corpus.parents import nearest_train


def vocabulary_text(rng: np.random.Generator, n_words: int = 40) -> str:
    """Draw words of Zipf frequencies, most of them rare, as real texts do."""
    return " ".join(f"w{int(number)}" for number in np.minimum(rng.zipf(1.25, n_words), 10**6))


@pytest.fixture(scope="module")
def train() -> list[str]:
    rng = np.random.default_rng(0)
    return [vocabulary_text(rng) for _ in range(150)]


def alone(texts: list[str]) -> np.ndarray:
    return np.arange(len(texts))


def test_a_near_copy_has_its_source_for_parent(train: list[str]) -> None:
    """A few words replaced and the order turned do not hide it."""
    rng = np.random.default_rng(1)
    rows = rng.permutation(150)[:30]
    copies = []
    for row in rows:
        words = train[row].split()
        words[:5] = ["new", "words", "instead", "of", "them"]
        copies.append(" ".join([*words[20:], *words[:20]]))
    nearest = nearest_train(copies, train, alone(train))
    assert nearest.parent.tolist() == rows.tolist()
    assert (nearest.cosine > 0.5).all()


def test_about_one_unrelated_document_in_a_hundred_gets_a_parent(train: list[str]) -> None:
    """Fresh texts of the same source are no nearer to train than train texts are to each other: 1 % by design.

    Words that no training document has must count in a text's length: without them a text of two known words is near
    to whatever has these, and a tenth and more of unrelated documents got a parent.
    """
    rng = np.random.default_rng(2)
    fresh = [vocabulary_text(rng) for _ in range(600)]
    assert (nearest_train(fresh, train, alone(train)).parent >= 0).mean() < 0.03


def test_a_text_of_mostly_unknown_words_is_near_to_nothing(train: list[str]) -> None:
    """One word shared with a document is not descent, however rare the word."""
    rare = max(train[0].split(), key=lambda word: int(word[1:]))
    text = " ".join([rare, *(f"unknown{i}" for i in range(40))])
    nearest = nearest_train([text], train, alone(train))
    assert nearest.row.tolist() == [0]
    assert nearest.parent.tolist() == [-1]


def test_one_texts_parent_does_not_depend_on_the_other_synthetic_texts(train: list[str]) -> None:
    """Similarities are weighed by the training documents alone."""
    few = nearest_train([train[3] + " more"], train, alone(train))
    many = nearest_train([train[3] + " more", *(f"more words {i}" for i in range(50))], train, alone(train))
    assert many.cosine[0] == pytest.approx(few.cosine[0], rel=1e-12)
    assert many.threshold == pytest.approx(few.threshold, rel=1e-12)


def test_members_of_a_group_do_not_raise_the_threshold(train: list[str]) -> None:
    """Near-duplicates among real documents are near by definition; counted, they would hide every parent."""
    doubled = [*train, *(text + " extra" for text in train[:20])]
    group = np.concatenate([np.arange(150), np.arange(20)])
    assert nearest_train(["x"], doubled, group).threshold < 0.7
    assert nearest_train(["x"], doubled, alone(doubled)).threshold > 0.9


def test_one_group_alone_gives_no_measure_and_no_parent() -> None:
    """The nearest is told, and nobody is called a parent."""
    nearest = nearest_train(["red fox"], ["red fox", "red fox ran"], np.array([0, 0]))
    assert nearest.cosine[0] == pytest.approx(1.0)
    assert nearest.threshold == np.inf
    assert nearest.parent.tolist() == [-1]


@pytest.mark.parametrize(
    ("synthetic", "real"),
    [(["?"], ["!", "."]), (["words here"], ["!", "."]), (["?", "!"], ["some words", "and others"])],
)
def test_texts_without_words_have_no_parent(synthetic: list[str], real: list[str]) -> None:
    """On either side or on both."""
    nearest = nearest_train(synthetic, real, alone(real))
    assert nearest.parent.tolist() == [-1] * len(synthetic)
    assert not nearest.cosine.any()


def test_blocks_do_not_show(train: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a block of the similarity matrix, the answer is the same."""
    synthetic = [train[7] + " x", train[149], "no such words"]
    group = np.arange(150) // 2
    whole = nearest_train(synthetic, train, group)
    monkeypatch.setattr(parents, "BLOCK", 2)
    split = nearest_train(synthetic, train, group)
    assert whole.row.tolist() == split.row.tolist()
    np.testing.assert_allclose(whole.cosine, split.cosine, rtol=1e-12)
    assert whole.threshold == pytest.approx(split.threshold, rel=1e-12)
