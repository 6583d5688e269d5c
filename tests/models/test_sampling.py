"""Drawing tokens: parameters, probabilities, and where a text ends."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.errors import BadConfiguration
from synthlift.models.sampling import Draw, End, Sampling, draw
from synthlift.randomness import stream

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"top_k": 20}, "top_k"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"temperature": -0.1}, "from 0 to 5"),
        ({"temperature": True}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"top_p": 1.01}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 2.5}, "max_tokens"),
        ({"stop": [""]}, "stop"),
        ({"stop": 7}, "stop"),
    ],
)
def test_what_cannot_be_honoured_is_refused(given, told):
    """A parameter that only servers know, or a value out of range, is named."""
    with pytest.raises(BadConfiguration, match=told):
        Sampling.of(given)


def test_what_is_absent_or_null_is_the_protocols_default():
    """Null means the same as nothing, and one stop text the same as a list of one."""
    given = {"temperature": None, "top_p": None, "max_tokens": None, "stop": None}
    assert Sampling.of(given) == Sampling.of({}) == Sampling(1.0, 1.0, 512, ())
    assert Sampling.of({"stop": "X"}) == Sampling.of({"stop": ["X"]})


def drawn(logits: list[float], uniforms: list[float], temperature: float = 1.0, top_p: float = 1.0) -> list[int]:
    """Draw once for each random number from the same logits."""
    n = len(uniforms)
    values = [torch.tensor([each] * n, dtype=torch.float64) for each in (temperature, top_p)]
    return draw(torch.tensor([logits] * n), torch.tensor(uniforms, dtype=torch.float64), *values).tolist()


def test_tokens_are_drawn_as_likely_as_they_are():
    """Probabilities 1/2, 1/3, 1/6 share the numbers from 0 to 1 in that order, whatever their places."""
    logits = np.log([1 / 6, 1 / 2, 1 / 3]).tolist()
    assert drawn(logits, [0.0, 0.49, 0.51, 0.83, 0.84, 0.999999]) == [1, 1, 2, 2, 0, 0]


def test_top_p_keeps_the_fewest_tokens_that_reach_it():
    """Of 1/2, 1/3, 1/6 a top_p of 0.5 keeps one, 0.6 two of shares 3/5 and 2/5, 0.9 all."""
    logits = np.log([1 / 6, 1 / 2, 1 / 3]).tolist()
    assert set(drawn(logits, [0.0, 0.5, 0.999], top_p=0.4999)) == {1}
    assert drawn(logits, [0.0, 0.59, 0.61, 0.999], top_p=0.6) == [1, 1, 2, 2]
    assert drawn(logits, [0.999], top_p=0.9) == [0]
    assert drawn(logits, [1.0], top_p=0.6) == [2]  # what float32 makes of a number just below


def test_temperature_zero_takes_the_likeliest_and_a_high_one_flattens():
    """At 0 the random number is of no account; at 2 odds of 9 to 1 become 3 to 1."""
    assert set(drawn([0.0, 3.0, 2.9], [0.0, 0.5, 0.999], temperature=0.0)) == {1}
    logits = np.log([0.9, 0.1]).tolist()
    assert drawn(logits, [0.74, 0.76], temperature=2.0) == [0, 1]


def test_frequencies_match_probabilities():
    """Ten thousand draws stay within five standard errors of the softmax."""
    logits = [0.0, 1.0, -1.0, 0.5]
    uniforms = stream(0, "test").random(10_000).tolist()
    shares = np.bincount(drawn(logits, uniforms), minlength=4) / 10_000
    expected = np.exp(logits) / np.exp(logits).sum()
    assert np.all(np.abs(shares - expected) < 5 * np.sqrt(expected * (1 - expected) / 10_000))


def test_a_row_draws_the_same_in_any_company():
    """The same scores and seed give the same token alone and as any row of a batch, at each step."""
    scores = torch.tensor(stream(1, "scores").normal(size=(5, 50)), dtype=torch.float32)
    samplings = [Sampling(0.7, 0.9, 20), Sampling(1.0, 1.0, 5), Sampling(0.0, 1.0, 9)]
    together = Draw(samplings, [11, 12, 13], 3, "cpu")
    for step in range(5):
        ids = torch.zeros((3, 3 + step), dtype=torch.long)
        rows = together(ids, scores[[step] * 3]).argmax(dim=1).tolist()
        for row, (sampling, seed) in enumerate(zip(samplings, [11, 12, 13], strict=True)):
            alone = Draw([sampling], [seed], 3, "cpu")
            assert alone(ids[:1], scores[[step]]).argmax(dim=1).tolist() == [rows[row]]


def letters(ids: list[int]) -> str:
    """Spell ids as capital letters and, as 26, a blank; one at the start is lost, as some real tokenizers lose it."""
    return "".join(" " if each == 26 else chr(65 + each) for each in ids).lstrip()


def test_each_row_ends_for_a_reason_of_its_own():
    """One row ends at the token that ends a turn, one at a stop text, one at its limit; each has its own length."""
    samplings = [Sampling(max_tokens=9), Sampling(max_tokens=9, stop=("CD",)), Sampling(max_tokens=2)]
    end = End(samplings, 1, frozenset({25}), letters)
    text = torch.tensor([[0, 0, 1, 2, 3, 25], [0, 0, 1, 2, 3, 4], [0, 0, 1, 2, 3, 4]])
    states = [end(text[:, : 1 + n], None).tolist() for n in range(1, 6)]
    assert end.n_tokens == [5, 4, 2]
    assert states == [[False] * 3, [False, False, True], [False, False, True], [False, True, True], [True] * 3]


def test_a_stop_text_that_starts_with_a_blank_is_seen():
    """The stretch that is searched begins a few tokens earlier than the stop text can."""
    end = End([Sampling(stop=(" B",))], 0, frozenset(), letters)
    assert not end(torch.tensor([[0, 26, 0, 26]]), None).any()
    assert end(torch.tensor([[0, 26, 0, 26, 1]]), None).all()
