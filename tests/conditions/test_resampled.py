"""Cheap baselines re-weigh or re-sample the real documents, as published, and invent nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from synthlift.classifiers.folds import inner_folds
from synthlift.conditions.resampled import (
    class_weight,
    ml_ros,
    random_oversampling,
    replicated_drawn,
    token_matched,
)
from synthlift.conditions.sources import Composition, Recipe, Sources
from synthlift.corpus import Corpus, Document, Origin
from synthlift.errors import NotApplicable
from synthlift.randomness import stream
from synthlift.testing import check_condition

LABELS = ("w", "x", "y", "z")
RECIPES = (class_weight, random_oversampling, ml_ros, replicated_drawn, token_matched)
COPYING = (random_oversampling, ml_ros, token_matched)


def sources(
    real: Sequence[str], n_synthetic: int, lengths: Sequence[int] = (), n_words: int = 3, group: Sequence[int] = ()
) -> Sources:
    """Build sources from label sets, one character a label; text i has `lengths[i]` words, synthetic ones `n_words`."""
    sizes = lengths or [2] * len(real)
    documents = [
        Document(f"r{i}", " ".join([f"real{i}", *["word"] * (size - 1)]) if size else "", tuple(own))
        for i, (own, size) in enumerate(zip(real, sizes, strict=True))
    ]
    made = [Document(f"s{i}", " ".join(["made"] * n_words), ("x",), None, Origin("tool")) for i in range(n_synthetic)]
    return Sources(
        real=Corpus.of(documents, LABELS),
        real_group=np.array(group or range(len(real)), dtype=np.int64),
        synthetic=Corpus.of(made, LABELS),
        parent=np.full(n_synthetic, -1),
        family=np.arange(n_synthetic),
        spare=Corpus((), LABELS),
        spare_group=np.zeros(0, np.int64),
    )


def composed(recipe: Recipe, given: Sources, seed: int = 0) -> Composition:
    return recipe(given, stream(seed, "compose"))


def copies(recipe: Recipe, given: Sources, seed: int = 0) -> Counter[str]:
    """Count copies by the id of what was copied; check that the real documents come first, each once."""
    training = composed(recipe, given, seed).training
    n_real = len(given.real)
    assert list(training.texts[:n_real]) == given.real.texts
    assert training.is_real.tolist() == [True] * n_real + [False] * (len(training) - n_real)
    row = {text: i for i, text in enumerate(given.real.texts)}
    copied = [row[text] for text in training.texts[n_real:]]
    assert np.array_equal(training.labels[n_real:], given.real.label_matrix()[copied])
    assert training.original[n_real:].tolist() == training.original[copied].tolist()
    return Counter(given.real.ids[i] for i in copied)


@pytest.mark.parametrize("recipe", RECIPES)
def test_conformance(recipe: Recipe) -> None:
    """Each recipe keeps the public contract."""
    check_condition(recipe)


@pytest.mark.parametrize("recipe", COPYING)
def test_real_documents_come_first_and_copies_are_copies(recipe: Recipe) -> None:
    """Copies carry text, labels and family of what they copy, and are not tuned on."""
    copies(recipe, sources(["x", "x", "x", "x", "y", "xy", "z", ""], 11, group=[0, 0, 2, 3, 4, 5, 6, 7]))


@pytest.mark.parametrize("recipe", COPYING)
def test_copies_leave_a_fold_with_what_they_copy(recipe: Recipe) -> None:
    """No inner fold trains on a copy, or near-duplicate, of a document that it holds out."""
    given = sources(["x", "x", "x", "y", "xy", "z", "yz", "x"], 15, group=[0, 0, 2, 3, 4, 5, 6, 7])
    training = composed(recipe, given).training
    for fold in inner_folds(training, np.random.default_rng(0)):
        held = training.original[training.tuning_rows[fold.positions]]
        assert not set(held) & set(training.original[fold.train])


def test_class_weight_by_hand() -> None:
    """Four documents: x at 1 of 4 weighs 2 against 2/3; w at none weighs 1/2 everywhere; z at all weighs 1/2."""
    training = composed(class_weight, sources(["xz", "z", "yz", "yz"], 5)).training
    assert training.label_weight is not None
    by_hand = np.array([[1 / 2, 2, 1, 1 / 2], [1 / 2, 2 / 3, 1, 1 / 2]])
    assert training.label_weight[:2] == pytest.approx(by_hand)
    assert len(training) == 4
    assert training.n_steps is None


def test_class_weight_gives_positives_and_negatives_the_same_total() -> None:
    """Every label with both has N/2 of either."""
    rng = np.random.default_rng(0)
    given = sources(["".join(name for name in LABELS if rng.random() < 0.3) for _ in range(40)], 3)
    training = composed(class_weight, given).training
    weight, labels = training.label_weight, training.labels
    assert weight is not None
    assert (weight * labels).sum(axis=0) == pytest.approx(np.full(4, 20.0))
    assert (weight * ~labels).sum(axis=0) == pytest.approx(np.full(4, 20.0))


def test_oversampling_by_hand() -> None:
    """Sets of 5, 2 and 1 documents and 7 copies: the rare ones reach 5 each, and members are used evenly."""
    given = sources(["x"] * 5 + ["xy"] * 2 + ["z"], 7)
    for seed in range(5):
        found = copies(random_oversampling, given, seed)
        assert found["r7"] == 4
        assert sorted([found["r5"], found["r6"]]) == [1, 2]
        assert sum(found.values()) == 7


@pytest.mark.parametrize("n_copies", [1, 2, 5, 9, 30])
def test_oversampling_levels_label_sets(n_copies: int) -> None:
    """No set that got a copy ends more than one above the smallest set."""
    real = ["x"] * 6 + ["y"] * 3 + ["xy"] * 2 + ["z", ""]
    given = sources(real, n_copies)
    found = copies(random_oversampling, given)
    size, added = Counter(real), Counter(real[int(name[1:])] for name in found.elements())
    assert added.total() == n_copies
    total = size + added
    assert all(total[own] <= min(total.values()) + 1 for own in added)


def published_ml_ros(labels: np.ndarray, n_copies: int, choose: Sequence[int]) -> list[int]:
    """Clone as the published algorithm does, written from its text; `choose` are ranks within the bags.

    MeanIR is that of the start; a bag holds the original documents of a label whose IRLbl exceeds it; in each round one
    of every bag is cloned, and a bag whose IRLbl, of the set as it has become, is at most MeanIR is dropped.
    """

    def ratio(matrix: np.ndarray) -> np.ndarray:
        count = matrix.sum(axis=0)
        return count.max() / count

    mean = ratio(labels).mean()
    bags = {label: np.flatnonzero(labels[:, label]) for label in np.flatnonzero(ratio(labels) > mean)}
    now, cloned, picks = labels.copy(), [], iter(choose)
    while n_copies > len(cloned) and bags:
        for label in list(bags):
            if len(cloned) == n_copies:
                break
            cloned.append(int(bags[label][next(picks) % len(bags[label])]))
            now = np.vstack([now, labels[cloned[-1]]])
            if ratio(now)[label] <= mean:
                del bags[label]
    return cloned


class Picks(np.random.Generator):
    """A generator whose choices are a list."""

    def __init__(self, picks: Sequence[int]) -> None:
        super().__init__(np.random.PCG64(0))
        self._picks = iter(picks)

    def choice(self, values: np.ndarray) -> int:  # type: ignore[override]
        """Return the value at the next rank of the list."""
        return int(values[next(self._picks) % len(values)])


@pytest.mark.parametrize("n_copies", [0, 1, 4, 25, 200])
@pytest.mark.parametrize("seed", range(8))
def test_ml_ros_is_the_published_algorithm(seed: int, n_copies: int) -> None:
    """With the same choices within the bags, the same documents are cloned in the same order."""
    rng = np.random.default_rng(seed)
    chance = np.array([0.9, 0.4, 0.15, 0.1])
    real = ["".join(np.array(LABELS)[rng.random(4) < chance]) for _ in range(30)] + ["wxyz"]
    given = sources(real, n_copies)
    picks = rng.integers(0, 1000, 1000).tolist()
    expected = published_ml_ros(given.real.label_matrix(), n_copies, picks)
    texts = ml_ros(given, Picks(picks)).training.texts[len(real) :]
    assert list(texts) == [given.real.texts[row] for row in expected]


def test_ml_ros_by_hand() -> None:
    """Counts 8, 4, 1: ratios 1, 2, 8 with mean 11/3; z alone is rare, and leaves at 3 (8/3 <= 11/3 < 8/2)."""
    given = sources(["x"] * 8 + ["y"] * 4 + ["z"], 50)
    assert copies(ml_ros, given) == Counter({"r12": 2})
    assert copies(ml_ros, sources(["x"] * 8 + ["y"] * 4 + ["z"], 1)) == Counter({"r12": 1})


def test_ml_ros_counts_common_labels_that_come_along() -> None:
    """Where the rare label's document carries the commonest label too, that one grows with it and z stays longer.

    Counts 9, 4, 1: ratios 1, 2.25, 9, mean 49/12. Copies make x 10, 11 and z 2, 3: 10/2 > 49/12 >= 11/3.
    """
    assert copies(ml_ros, sources(["x"] * 8 + ["xz"] + ["y"] * 4, 50)) == Counter({"r8": 2})


def test_ml_ros_with_nothing_rare_adds_nothing() -> None:
    """Equally frequent labels, or none at all, leave the real documents as they are."""
    assert not copies(ml_ros, sources(["x", "y", "z", "w"], 9))
    assert not copies(ml_ros, sources(["", "", ""], 9))


def test_drawn_replication_keeps_the_number_of_rows_and_loses_documents() -> None:
    """N + M rows; the documents never drawn are counted; every document that was is tuned on once."""
    given = sources(["x", "y", "z", "w"] * 10, 8)
    lost = []
    for seed in range(30):
        found = composed(replicated_drawn, given, seed)
        training = found.training
        assert len(training) == 48
        distinct = set(training.texts)
        assert found.facts == {"n_lost": 40 - len(distinct)}
        tuned = [training.texts[row] for row in training.tuning_rows]
        assert len(tuned) == len(distinct) == len(set(tuned))
        lost.append(40 - len(distinct))
    # each document is missed with probability (1 - 1/40)^48 = 0.297
    assert np.mean(lost) == pytest.approx(40 * (1 - 1 / 40) ** 48, abs=1.5)


def test_drawn_copies_leave_together() -> None:
    """All draws of a document, and of its near-duplicate, are one family."""
    training = composed(replicated_drawn, sources(["x"] * 6, 20, group=[0, 0, 2, 3, 4, 5])).training
    family = dict(zip(training.texts, training.original.tolist(), strict=True))
    assert [family[text] for text in training.texts] == training.original.tolist()
    assert len(set(family.values())) <= 5
    folds = list(inner_folds(training, np.random.default_rng(0)))
    assert folds
    for fold in folds:
        held = training.original[training.tuning_rows[fold.positions]]
        assert not set(held) & set(training.original[fold.train])


@pytest.mark.parametrize("n_words", [1, 7, 40])
@pytest.mark.parametrize("seed", range(6))
def test_tokens_match_within_a_document(seed: int, n_words: int) -> None:
    """The copies' words reach the treatment's, and without the last copied document they do not."""
    lengths = np.random.default_rng(seed).integers(1, 12, 15).tolist()
    given = sources(["x"] * 15, 9, lengths=lengths, n_words=n_words)
    found = copies(token_matched, given, seed)
    total = sum(lengths[int(name[1:])] * n for name, n in found.items())
    assert 9 * n_words <= total < 9 * n_words + max(lengths)
    # spread evenly: no document is copied twice before all others were once
    assert max(found[name] for name in given.real.ids) - min(found[name] for name in given.real.ids) <= 1


def test_tokens_of_no_synthetic_text_and_of_empty_real_ones() -> None:
    """Nothing to match adds nothing; real documents without a word cannot be copied into volume."""
    assert not copies(token_matched, sources(["x", "y"], 0))
    assert not copies(token_matched, sources(["x"], 3, lengths=[0]))


@pytest.mark.parametrize("recipe", [ml_ros, token_matched])
def test_no_real_document_is_said(recipe: Recipe) -> None:
    """Without a real document there is nothing to resample, and the reason is given."""
    with pytest.raises(NotApplicable, match="no real document"):
        composed(recipe, sources([], 4))
