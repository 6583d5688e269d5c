"""Short names of generators tell them apart, whatever they are called."""

from __future__ import annotations

import pytest

from synthlift.report.names import short_names

MODELS = ("mistralai/Mistral-7B-Instruct-v0.3", "meta-llama/Meta-Llama-3.1-8B-Instruct", "google/gemma-2-9b-it")


def test_each_column_keeps_what_tells_its_values_apart() -> None:
    """Of three models in two modes each, a word of either; a column that is the same in all goes."""
    names = [f"{model} / {mode} / zero_shot" for model in MODELS for mode in ("paraphrase", "full_synthesis")]
    assert list(short_names(names).values()) == [
        f"{model} / {mode}" for model in ("Mistral", "Meta", "gemma") for mode in ("paraphrase", "full")
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("a/x-1", "b/x-1", "a/x-2"),
        ("a / b", "a", "b"),
        ("", "/", "//", " "),
        ("-", "_", "--"),
        ("same", "same"),
        ("one",),
        ("<b>", "\u202ea", "a / b / c", "a / b"),
        ("v-1", "v-1-1", "v-1-1-1"),
    ],
)
def test_no_two_names_become_one(names: tuple[str, ...]) -> None:
    """However alike, odd or empty they are."""
    short = short_names(names)
    assert set(short) == set(names)
    assert len(set(short.values())) == len(set(names))


def test_nobody_has_no_names() -> None:
    """Without generators there is nothing to shorten."""
    assert short_names(()) == {}
