"""The linear classifier: copies change nothing, nothing leaks into held-out rows, oddities are answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from synthlift.classifiers import head
from synthlift.classifiers.linear import LinearClassifier
from synthlift.corpus import TrainingSet
from synthlift.errors import NotApplicable
from synthlift.randomness import stream

WORDS = {0: "ruby crimson scarlet rose", 1: "azure navy cobalt sky", 2: "rain river sea pond"}
QUERIES = ["azure navy rain", "crimson crimson rose", "words nobody knows", "rain sky ruby"]


def training_set(
    texts: Sequence[str],
    labels: ArrayLike,
    original: Sequence[int] | None = None,
    is_real: Sequence[bool] | None = None,
) -> TrainingSet:
    n = len(texts)
    return TrainingSet(
        texts=tuple(texts),
        labels=np.asarray(labels, dtype=bool),
        original=np.arange(n) if original is None else np.asarray(original, dtype=np.int64),
        is_real=np.ones(n, bool) if is_real is None else np.asarray(is_real),
    )


def example(n: int = 30, seed: int = 0) -> TrainingSet:
    """Draw texts in which each label has words of its own, with one word in four from another."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, 3)) < 0.45
    texts = []
    for row in labels:
        own = [w for column in np.flatnonzero(row) for w in rng.choice(WORDS[int(column)].split(), 3)]
        texts.append(" ".join([*own, *rng.choice(" ".join(WORDS.values()).split(), 1 + len(own) // 3), f"n{n}"]))
    return training_set(texts, labels)


def fitted(training: TrainingSet, seed: int = 0) -> LinearClassifier:
    return LinearClassifier().fit(training, rng=stream(seed, "fit"))


def stacked(training: TrainingSet, rows: Sequence[int]) -> TrainingSet:
    """Add copies of rows, as the volume controls do."""
    every = np.array([*range(len(training)), *rows])
    return replace(
        training,
        texts=tuple(training.texts[row] for row in every),
        labels=training.labels[every],
        original=training.original[every],
        is_real=np.arange(len(every)) < len(training),
    )


@pytest.mark.parametrize("k", [2, 3, 10])
def test_a_training_set_copied_k_times_is_the_training_set_to_the_last_bit(k: int) -> None:
    """`replicated` with M = (k - 1) N predicts what `real` does, on test and on held-out rows; volume alone is nil."""
    training = example()
    rows = np.random.default_rng(1).permutation(np.repeat(np.arange(len(training)), k - 1))
    once, copied = fitted(training), fitted(stacked(training, rows.tolist()))
    assert np.array_equal(once.predict_proba(QUERIES), copied.predict_proba(QUERIES))
    assert np.array_equal(once.held_out_proba_, copied.held_out_proba_)
    assert once.facts_ == copied.facts_


def test_near_duplicate_groups_and_repeated_texts_do_not_spoil_that() -> None:
    """Also where real documents are copies of each other, with equal and with other labels."""
    training = example()
    texts = list(training.texts)
    texts[1], texts[3], labels = texts[0], texts[2], training.labels.copy()
    labels[1], labels[3] = labels[0], ~labels[2]
    group = np.arange(30)
    group[1], group[3] = 0, 2
    training = replace(training, texts=tuple(texts), labels=labels, original=group)
    once, copied = fitted(training), fitted(stacked(training, list(range(30)) * 2))
    assert np.array_equal(once.predict_proba(QUERIES), copied.predict_proba(QUERIES))
    assert np.array_equal(once.held_out_proba_, copied.held_out_proba_)


def test_a_copy_of_some_documents_does_change_the_model() -> None:
    """The equality above is not one of models that ignore what is added."""
    training = example()
    assert not np.array_equal(
        fitted(training).predict_proba(QUERIES), fitted(stacked(training, [0, 1, 2] * 9)).predict_proba(QUERIES)
    )


def test_it_predicts_what_scikit_learn_does_at_the_chosen_penalty() -> None:
    """TF-IDF without smoothing and one logistic regression per label, C over n, give the same probabilities."""
    training = example(40)
    model = fitted(training)
    tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, smooth_idf=False)
    X = tfidf.fit_transform(training.texts)
    C = float(model.facts_["C"]) / len(training)
    proba = model.predict_proba(QUERIES)
    for label in range(3):
        known = LogisticRegression(C=C, tol=1e-10, max_iter=20_000).fit(X, training.labels[:, label])
        np.testing.assert_allclose(proba[:, label], known.predict_proba(tfidf.transform(QUERIES))[:, 1], atol=2e-3)


@pytest.mark.parametrize("related", [True, False])
def test_held_out_probabilities_are_those_of_models_that_never_saw_the_family(related: bool) -> None:
    """Fold by fold against scikit-learn, with TF-IDF fitted once on the whole training set.

    Equal texts that are said to be unrelated are held out each alone.
    """
    from synthlift.classifiers.folds import inner_folds

    training = stacked(example(40), [0, 1, 2, 3, 4, 4])
    if not related:
        training = replace(training, original=np.full(46, -1), is_real=np.ones(46, bool))
    model = fitted(training)
    X = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, smooth_idf=False).fit_transform(training.texts)
    for fold in inner_folds(training, stream(0, "fit")):
        C = float(model.facts_["C"]) / len(fold.train)
        for label in range(3):
            known = LogisticRegression(C=C, tol=1e-10, max_iter=20_000)
            known.fit(X[fold.train], training.labels[fold.train, label])
            proba = known.predict_proba(X[fold.positions])[:, 1]
            np.testing.assert_allclose(model.held_out_proba_[fold.positions, label], proba, atol=5e-3)


def noise(n: int = 80) -> TrainingSet:
    """Draw documents of a single word each, labels at random: nothing can be learnt but by heart."""
    labels = np.random.default_rng(7).random((n, 1)) < 0.5
    return training_set([f"unique{row}" for row in range(n)], labels)


@pytest.mark.parametrize("known", [True, False])
def test_what_descends_from_a_held_out_document_does_not_tell_its_labels(known: bool) -> None:
    """With a child of the same unique word for each, held-out AUC is chance if descent is known, and 1 if not.

    The second half shows that the test can see a leak.
    """
    real = noise()
    n = len(real)
    training = training_set(
        [*real.texts, *(f"{text} again" for text in real.texts)],
        np.concatenate([real.labels, real.labels]),
        [*range(n), *(range(n) if known else [-1] * n)],
        [True] * n + [False] * n,
    )
    held_out = fitted(training).held_out_proba_[:, 0]
    positive, negative = held_out[real.labels[:, 0]], held_out[~real.labels[:, 0]]
    auc = (positive[:, np.newaxis] > negative).mean() + 0.5 * (positive[:, np.newaxis] == negative).mean()
    assert auc <= 0.55 if known else auc == 1.0


def test_no_near_duplicate_group_tells_on_its_members() -> None:
    """Real documents of one `original` are held out together: pairs of equal texts and labels stay unpredictable."""
    real = noise(40)
    twice = training_set(real.texts * 2, np.concatenate([real.labels] * 2), [*range(40), *range(40)])
    held_out = fitted(twice).held_out_proba_[:, 0]
    labels = twice.labels[:, 0]
    assert (held_out[labels][:, np.newaxis] > held_out[~labels]).mean() <= 0.55


def test_the_held_out_probability_of_a_document_does_not_depend_on_the_labels_of_its_children(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At a given C, flipping the labels of a child changes others' held-out rows and not its parent's."""
    monkeypatch.setattr(head, "HALF_DECADES", range(8, 9))
    monkeypatch.setattr(head, "MAX_WIDENINGS", 0)
    base = stacked(example(), [4, 4])
    flipped = base.labels.copy()
    flipped[-2:] = ~flipped[-2:]
    before, after = fitted(base).held_out_proba_, fitted(replace(base, labels=flipped)).held_out_proba_
    np.testing.assert_allclose(before[4], after[4], atol=1e-12)
    assert np.abs(before - after).max() > 1e-3


class KnownHeldOut:
    """Held-out probabilities whose best micro-F1 is given for each half decade of C."""

    def __init__(self, n_found: dict[int, int]) -> None:
        self.labels = np.arange(300)[:, np.newaxis] < 100
        self.asked: list[int] = []
        self._n_found = n_found

    def proba(self, C: float) -> NDArray[np.float64]:
        """Rank `n_found` of the hundred positives above everything else."""
        half_decade = round(2 * np.log10(C))
        self.asked.append(half_decade)
        return np.where(np.arange(300)[:, np.newaxis] < self._n_found.get(half_decade, 50), 0.9, 0.1)


@pytest.mark.parametrize(
    ("n_found", "best", "beyond"),
    [
        ({8: 90}, 8, []),  # an optimum inside stays
        ({12: 80, 13: 70}, 12, [13]),  # one at the edge is looked behind
        ({12: 80, 13: 85, 14: 70}, 13, [13, 14]),
        ({12: 80, 13: 85, 14: 90, 15: 99}, 14, [13, 14]),  # two steps and no more
        ({12: 80, 13: 81}, 13, [13, 14]),
        ({5: 80, 4: 85, 3: 90, 2: 99}, 3, [4, 3]),
        ({5: 80, 4: 70, 3: 99}, 5, [4]),
        ({5: 80, 12: 80, 4: 90, 13: 99}, 4, [4, 3]),  # of equal ones the smaller C, so that is the edge
    ],
)
def test_an_optimum_at_an_edge_widens_the_path_on_that_side(
    n_found: dict[int, int], best: int, beyond: list[int]
) -> None:
    """Half decades 5 to 12, then at most two steps beyond the edge where the best one lies, while they pay."""
    known = KnownHeldOut(n_found)
    C, proba = head._choose(known)  # type: ignore[arg-type]
    assert 10.0 ** (best / 2) == C
    assert known.asked == [*range(5, 13), *beyond]
    assert (proba == 0.9).sum() == n_found[best]


def test_a_step_beyond_the_edge_must_gain_half_a_point() -> None:
    """Under 0.005 of held-out micro-F1 a wider path is noise, and the edge stays."""
    labels = np.arange(3000)[:, np.newaxis] < 1000
    known = KnownHeldOut({})
    known.labels = labels
    known.proba = lambda C: np.where(  # type: ignore[method-assign]
        np.arange(3000)[:, np.newaxis] < {12: 800, 13: 804}.get(round(2 * np.log10(C)), 500), 0.9, 0.1
    )
    assert head._choose(known)[0] == 10.0**6  # type: ignore[arg-type]


def test_what_a_convex_learner_cannot_serve_is_told_with_the_reason() -> None:
    """Focal loss and a number of steps are not applicable, before any work."""
    with pytest.raises(NotApplicable, match="focal"):
        fitted(replace(example(), loss="focal"))
    with pytest.raises(NotApplicable, match="convex"):
        fitted(replace(example(), n_steps=100))


def test_a_label_without_a_positive_document_is_predicted_nowhere_and_one_with_all_everywhere() -> None:
    """They predict their prior, 0 and 1, on test and held-out rows; the others are what they are without them."""
    training = example()
    n = len(training)
    wide = replace(training, labels=np.column_stack([np.zeros(n), training.labels, np.ones(n)]).astype(bool))
    model = fitted(wide)
    assert model.predict_proba(QUERIES)[:, [0, 4]].tolist() == [[0.0, 1.0]] * len(QUERIES)
    assert model.held_out_proba_[:, [0, 4]].tolist() == [[0.0, 1.0]] * n


def test_a_label_of_one_document_is_its_prior_where_that_is_held_out() -> None:
    """Without a positive in the fold the held-out probability is 0; the model itself knows the label."""
    training = example()
    labels = np.column_stack([training.labels, np.arange(30) == 5])
    model = fitted(replace(training, labels=labels))
    assert model.held_out_proba_[5, 3] == 0.0
    assert model.predict_proba([training.texts[5]])[0, 3] > 0.0


def test_all_labels_positive_everywhere_is_predicted_everywhere() -> None:
    """There is nothing to choose, and nothing fails."""
    model = fitted(training_set(["aa bb", "bb cc", "cc dd"], np.ones((3, 2))))
    assert model.predict_proba(["aa"]).tolist() == [[1.0, 1.0]]
    assert model.held_out_proba_.tolist() == [[1.0, 1.0]] * 3


def test_no_label_on_any_document_predicts_nothing() -> None:
    """Probability zero, without a warning."""
    model = fitted(training_set(["aa bb", "bb cc", "cc dd"], np.zeros((3, 2))))
    assert not model.predict_proba(["aa"]).any()


@pytest.mark.parametrize("texts", [["aa bb"], ["aa bb", "aa bb cc", "aa bb dd"]])
def test_one_document_or_one_family_cannot_be_tuned_and_says_so(texts: list[str]) -> None:
    """Nothing can be held out: not applicable with a reason, not a failure."""
    with pytest.raises(NotApplicable, match="one family"):
        fitted(training_set(texts, np.ones((len(texts), 2)), [0] * len(texts)))


def test_one_real_document_with_unrelated_ones_added_is_tuned() -> None:
    """What stays when it is held out is enough to learn from."""
    model = fitted(training_set(["aa bb", "aa cc", "dd"], [[1], [1], [0]], [0, -1, -1], [True, False, False]))
    assert model.held_out_proba_.shape == (1, 1)


@pytest.mark.parametrize(
    "texts", [["same words"] * 6, ["?", "!", ".", "a", "b", "c"], ["aa", "?", "aa", "?", "aa", "?"]]
)
def test_texts_that_tell_nothing_give_the_prior(texts: list[str]) -> None:
    """Constant texts, and texts without a token, predict the share of positives, and count as converged."""
    model = fitted(training_set(texts, [[True, True], [False, True], [True, False]] * 2))
    np.testing.assert_allclose(model.predict_proba(["zz zz", "same words"]), [[2 / 3, 2 / 3]] * 2, atol=1e-6)
    assert model.facts_["n_unconverged"] == 0


def test_a_weight_of_two_is_a_second_copy() -> None:
    """Sample weights and copies are the same thing to the loss, with one IDF: texts of equal document frequency."""
    texts = [f"aa{row} bb" for row in range(12)]
    labels = np.arange(12)[:, np.newaxis] % 3 == 0
    plain = training_set(texts, labels)
    weighted = replace(plain, sample_weight=np.full(12, 2.0))
    assert np.array_equal(fitted(plain).predict_proba(texts), fitted(weighted).predict_proba(texts))


def test_sample_weights_pull_towards_heavy_documents() -> None:
    """Of two documents of one text and opposite labels, the heavier decides."""
    training = training_set(["aa", "aa", "bb", "cc"], [[1], [0], [1], [0]], [0, 1, 2, 3])
    for heavy, side in ((0, 1.0), (1, -1.0)):
        weight = np.ones(4)
        weight[heavy] = 20.0
        proba = fitted(replace(training, sample_weight=weight)).predict_proba(["aa"])[0, 0]
        assert (proba - 0.5) * side > 0.1


def test_label_weights_act_on_their_own_label_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a given C, heavier positives of label 0 raise its probabilities and leave those of the others."""
    monkeypatch.setattr(head, "HALF_DECADES", range(8, 9))
    monkeypatch.setattr(head, "MAX_WIDENINGS", 0)
    training = example()
    weight = np.ones((30, 3))
    weight[training.labels[:, 0], 0] = 10.0
    plain = fitted(replace(training, label_weight=np.ones((30, 3)))).predict_proba(QUERIES)
    heavy = fitted(replace(training, label_weight=weight)).predict_proba(QUERIES)
    assert (heavy[:, 0] > plain[:, 0]).all()
    np.testing.assert_allclose(heavy[:, 1:], plain[:, 1:], atol=1e-6)
    np.testing.assert_allclose(plain, fitted(training).predict_proba(QUERIES), atol=1e-6)


def test_sample_and_label_weights_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given together they are their product."""
    monkeypatch.setattr(head, "HALF_DECADES", range(8, 9))
    monkeypatch.setattr(head, "MAX_WIDENINGS", 0)
    rng = np.random.default_rng(0)
    sample, label = rng.uniform(0.5, 2.0, 30), rng.uniform(0.5, 2.0, (30, 3))
    both = fitted(replace(example(), sample_weight=sample, label_weight=label)).predict_proba(QUERIES)
    product = fitted(replace(example(), label_weight=sample[:, np.newaxis] * label)).predict_proba(QUERIES)
    np.testing.assert_allclose(both, product, atol=1e-9)


def test_an_earlier_fit_leaves_no_trace() -> None:
    """One object fitted in turn, as a worker does, answers as fresh ones do."""
    first, second = example(30, 1), example(25, 2)
    used = LinearClassifier()
    used.fit(first, rng=stream(0, "fit"))
    used.predict_proba(["whole new words"])
    again = used.fit(second, rng=stream(0, "fit"))
    fresh = fitted(second)
    assert np.array_equal(again.predict_proba(QUERIES), fresh.predict_proba(QUERIES))
    assert np.array_equal(again.held_out_proba_, fresh.held_out_proba_)


def test_it_learns_what_there_is_to_learn() -> None:
    """On words that tell labels, the right label is the likeliest for a text of its words."""
    proba = fitted(example(80)).predict_proba(["ruby scarlet crimson", "navy azure cobalt", "river rain pond"])
    assert proba.argmax(axis=1).tolist() == [0, 1, 2]


def test_the_held_out_rows_are_in_the_order_of_the_tuning_rows() -> None:
    """Real rows stand anywhere in a set: their held-out probabilities follow them."""
    training = example(40)
    is_real = np.zeros(40, bool)
    is_real[5:35] = True
    partly = replace(training, is_real=is_real)
    held_out = fitted(partly).held_out_proba_
    assert held_out.shape == (30, 3)
    labels = partly.labels[5:35]
    assert held_out[labels].mean() > held_out[~labels].mean() + 0.1
