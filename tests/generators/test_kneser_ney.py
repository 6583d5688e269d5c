"""Kneser-Ney models give the chances of the formula, and draw with them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from synthlift.generators.kneser_ney import END, KneserNey
from synthlift.randomness import stream

A, B, C = 1, 2, 3
START = 4  # the number after the vocabulary's
TINY = [np.array([A, B]), np.array([A, C]), np.array([A, B])]
ONE_MODEL = np.zeros(3, dtype=np.int64)


def random_texts(n_texts: int = 60, n_tokens: int = 8, seed: int = 0) -> list[np.ndarray]:
    """Return texts in which small numbers are common and each is likely to be followed by the next."""
    rng = stream(seed, "texts")
    texts = []
    for _ in range(n_texts):
        steps = rng.geometric(0.45, size=int(rng.integers(1, 12)))
        texts.append(1 + np.cumsum(steps) % (n_tokens - 1))
    return texts


def two_models(order: int = 3) -> KneserNey:
    """Return a rich and a poor model over one vocabulary, with a prior of bigrams."""
    texts = random_texts()
    prior = KneserNey.fit(texts, np.zeros(60, dtype=np.int64), order=min(order, 2), n_tokens=8)
    model = np.repeat([0, 1], [57, 3])
    return KneserNey.fit(texts, model, order=order, n_tokens=8, prior=prior)


def test_bigrams_by_hand() -> None:
    """`a b . a c . a b .`: of five bigrams two end texts, and after `a` half of each count goes to the lower order."""
    model = KneserNey.fit(TINY, ONE_MODEL, order=2, n_tokens=4, discount=0.5)
    lowest = np.array([2, 1, 1, 1]) / 5
    np.testing.assert_allclose(model.probability(0, [7]), lowest)
    after_a = np.array([0, 0, 1.5, 0.5]) / 3 + 0.5 * 2 / 3 * lowest
    np.testing.assert_allclose(model.probability(0, [A]), after_a)
    np.testing.assert_allclose(model.probability(0, [START]), np.array([0, 2.5, 0, 0]) / 3 + 0.5 / 3 * lowest)


def test_lower_orders_count_different_tokens_before_and_not_times() -> None:
    """`b` was seen twice, but after `a` alone: as rare in an unknown context as `c`, which was seen once."""
    model = KneserNey.fit(TINY, ONE_MODEL, order=2, n_tokens=4)
    unknown = model.probability(0, [C + 90])
    assert unknown[B] == unknown[C]
    alone = KneserNey.fit(TINY, ONE_MODEL, order=1, n_tokens=4).probability(0, [])
    np.testing.assert_allclose(alone, np.array([3, 3, 2, 1]) / 9)


def test_the_discount_is_estimated_from_counts_of_one_and_two() -> None:
    """Bigram counts are 3, 2, 1, 2, 1: two ones, two twos, 2 / (2 + 2 x 2); the lowest order has no twos but one."""
    prior = KneserNey.fit(TINY, ONE_MODEL, order=2, n_tokens=4)
    assert [order.discount for order in prior.orders] == [0.0, pytest.approx(1 / 3)]
    model = KneserNey.fit(TINY, ONE_MODEL, order=2, n_tokens=4, prior=prior)
    assert [order.discount for order in model.orders] == pytest.approx([3 / 5, 1 / 3])


def test_a_discount_that_would_forget_nothing_or_everything_is_not_taken() -> None:
    """One text has bigrams that count 1 only, two equal ones 2 only: neither is replayed nor forgotten."""
    text = [np.array([A, B, C])]
    for texts in (text, text * 2):
        fitted = KneserNey.fit(texts, np.zeros(len(texts), dtype=np.int64), order=2, n_tokens=4)
        assert fitted.orders[1].discount == 0.75


@pytest.mark.filterwarnings("ignore")  # the other library's own
@pytest.mark.parametrize("order", [2, 3])
def test_the_chances_are_those_of_nltk(order: int) -> None:
    """Equal for every token in every context, where nltk is given the n-grams that end in no start symbol.

    Its own padding foretells start symbols as well: from order 3 on, they take a share of its lowest order, and the
    chances after a start symbol sum to more than 1. It takes one discount for all orders and estimates none.
    """
    lm = pytest.importorskip("nltk.lm")
    texts = random_texts()
    ours = KneserNey.fit(texts, np.zeros(60, dtype=np.int64), order=order, n_tokens=8, discount=0.6)
    theirs = lm.KneserNeyInterpolated(order, discount=0.6)
    names = ["</s>", *"abcdefg", "<s>"]
    padded = [["<s>"] * (order - 1) + [names[token] for token in [*text, END]] for text in texts]
    grams = [
        [tuple(row[end - size : end]) for end in range(1, len(row) + 1) for size in range(1, min(order, end) + 1)]
        for row in padded
    ]
    theirs.fit([[gram for gram in row if gram[-1] != "<s>"] for row in grams], vocabulary_text=names)
    for context in product(range(1, 9), repeat=order - 1):
        wanted = [theirs.unmasked_score(name, tuple(names[token] for token in context)) for name in names[:8]]
        np.testing.assert_allclose(ours.probability(0, context[::-1]), wanted, atol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_chances_sum_to_one_in_seen_and_unseen_contexts(order: int) -> None:
    """In each of all contexts, those of start symbols, of a poor model and of one that has no text among them."""
    model = two_models(order)
    for number, context in product((0, 1, 2), product(range(9), repeat=order - 1)):
        proba = model.probability(number, context)
        assert proba.min() >= 0
        assert proba.sum() == pytest.approx(1, abs=1e-12)


def test_a_poor_model_knows_the_words_of_the_prior() -> None:
    """A token that no text of its own has is less likely than in the prior, but not impossible."""
    texts = [np.array([A, A, B]), np.array([A, B, B]), np.array([C, C])]
    prior = KneserNey.fit(texts, ONE_MODEL, order=2, n_tokens=4)
    model = KneserNey.fit(texts, np.array([0, 0, 1]), order=3, n_tokens=4, prior=prior)
    poor, known = model.probability(0, [B, A])[C], prior.probability(0, [B])[C]
    assert 0 < poor < known


def test_a_model_without_texts_is_the_prior() -> None:
    """Nothing of its own, so nothing of its own is mixed in."""
    model = two_models()
    assert model.prior is not None
    np.testing.assert_array_equal(model.probability(2, [1, 3]), model.prior.probability(0, [1]))


@pytest.mark.parametrize(("number", "context"), [(0, (8, 8)), (0, (2, 1)), (1, (2, 1)), (1, (0, 7)), (2, (3, 2))])
def test_tokens_are_drawn_with_their_chances(number: int, context: tuple[int, ...]) -> None:
    """A chi-square test of 20,000 draws, at the start, in contexts of both models, an unseen one and an empty model."""
    model = two_models()
    history = np.tile(context, (20_000, 1))
    drawn = model.draw(np.full(20_000, number), history, stream(3, "draw", number))
    expected = 20_000 * model.probability(number, context)
    seen = np.bincount(drawn, minlength=8)
    assert seen[expected == 0].sum() == 0
    assert stats.chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 1e-3


def test_bigrams_of_drawn_texts_occur_as_often_as_the_model_says() -> None:
    """Null: over whole texts, a chi-square test of what follows what is passed about as often as its level says."""
    model = KneserNey.fit(random_texts(), np.zeros(60, dtype=np.int64), order=2, n_tokens=8)
    expected = np.array([model.probability(0, [before]) for before in range(1, 9)])
    p_values = []
    for seed in range(40):
        rng, seen = stream(seed, "texts drawn"), np.zeros((8, 8))
        history = model.begin(400)
        while len(history):
            token = model.draw(np.zeros(len(history), dtype=np.int64), history, rng)
            np.add.at(seen, (history[:, 0] - 1, token), 1)
            history = token[token != END][:, None]
        p_values.append(_chi_square_p(seen, expected))
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def _chi_square_p(seen: np.ndarray, proba: np.ndarray) -> float:
    """Compare counts, a row a context, with their chances; what is expected under 5 times is taken together."""
    statistic, freedom = 0.0, 0
    for count, chance in zip(seen, proba, strict=True):
        wanted = chance * count.sum()
        rare = wanted < 5
        pairs = [*zip(count[~rare], wanted[~rare], strict=True), (count[rare].sum(), wanted[rare].sum())]
        kept = [(got, due) for got, due in pairs if due >= 1]
        statistic += sum((got - due) ** 2 / due for got, due in kept)
        freedom += max(len(kept) - 1, 0)
    return float(stats.chi2.sf(statistic, freedom))


def test_the_same_stream_draws_the_same_and_an_order_of_one_has_no_history() -> None:
    """Nothing but the stream decides."""
    model = two_models(1)
    assert model.begin(5).shape == (5, 0)
    first, again = (model.draw(np.zeros(5, dtype=np.int64), model.begin(5), stream(1)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
