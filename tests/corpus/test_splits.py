"""Who trains and who tests is read, asked for, or drawn; never guessed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.corpus import Corpus, Document
from synthlift.corpus.splits import draw_split, parse_split_values, read_split
from synthlift.errors import BadConfiguration, InputRejected
from synthlift.randomness import stream


def read(values: list[str | None], mapping: dict[str, str] | None = None) -> list[str]:
    return read_split(values, mapping, "real.jsonl", "split").role.tolist()


@pytest.mark.parametrize(
    ("role", "values"),
    [
        ("train", ["train", "train_seed", "seed", "training"]),
        ("validation", ["validation", "dev", "valid"]),
        ("test", ["test"]),
        ("spare", ["pool", "spare", "unused"]),
    ],
)
def test_known_values_map(role: str, values: list[str]) -> None:
    """The list of the interface, all of it."""
    assert read(["train", "test", *values])[2:] == [role] * len(values)


@pytest.mark.parametrize("unknown", ["Train", "holdout", "", "train ", None, "1"])
def test_an_unknown_value_is_refused_with_what_was_found_and_the_option_to_write(unknown: str | None) -> None:
    """No guess by case or blank, no silent leaving out of empty cells."""
    with pytest.raises(InputRejected) as caught:
        read(["train", "test", unknown, "pool"])
    (rejection,) = caught.value.rejections
    assert (rejection.code, rejection.file) == ("unknown-split", "real.jsonl")
    assert f"got {unknown or ''!r} in column 'split'" in rejection.message
    for value in {"train", "test", "pool", unknown or ""}:
        assert repr(value) in rejection.message.split("found", 1)[1]
    assert "--split-values train=...,test=..." in rejection.message


@pytest.mark.parametrize(
    ("values", "code"),
    [(["train", "pool"], "no-test"), (["test", "test"], "no-train"), (["dev", "pool"], "no-train"), ([], "no-train")],
)
def test_nothing_to_train_on_or_to_test_on_is_refused(values: list[str | None], code: str) -> None:
    """Validation and spare documents stand in for neither."""
    with pytest.raises(InputRejected) as caught:
        read(values)
    assert caught.value.rejections[0].code == code
    assert "--split-values" in caught.value.rejections[0].message
    assert caught.value.exit_code == 3


def test_a_mapping_replaces_the_known_values_and_does_not_add_to_them() -> None:
    """With train=a given, a row `train` is unknown: who declares the values declares all of them."""
    mapping = parse_split_values("train=a,test=b,spare=c,validation=d,train=e")
    assert read(["a", "b", "c", "d", "e"], mapping) == ["train", "test", "spare", "validation", "train"]
    with pytest.raises(InputRejected, match="unknown-split"):
        read(["a", "b", "train"], mapping)


def test_roles_can_be_turned_round() -> None:
    """As valueeval does: its validation documents test."""
    assert read(["train", "validation"], parse_split_values("train=train,test=validation")) == ["train", "test"]


@pytest.mark.parametrize(
    "text", ["", "train", "train=", "=seed", "learn=seed", "train=seed,", "train=seed;test=test,x", "Train=seed"]
)
def test_a_split_values_option_of_another_form_is_refused(text: str) -> None:
    """The form and the roles are told."""
    with pytest.raises(BadConfiguration, match=r"--split-values.*expected ROLE=VALUE.*train, validation, spare, test"):
        parse_split_values(text)


def test_a_value_of_two_roles_is_refused_and_one_named_twice_is_not() -> None:
    """The roles are told."""
    with pytest.raises(BadConfiguration, match="two roles, train and test"):
        parse_split_values("train=a,test=a")
    assert parse_split_values("train=a,train=a,test=b") == {"a": "train", "b": "test"}


def test_values_with_signs_in_them_can_be_named() -> None:
    """What follows the first = is the value, as it is."""
    assert parse_split_values("train=fold=1,test= x") == {"fold=1": "train", " x": "test"}


def test_the_description_counts_each_role_that_occurs() -> None:
    """For people, in the order of roles."""
    split = read_split(["test", "train", "pool", "train"], None, "real.jsonl", "my split")
    assert split.description == "column 'my split': 2 train, 1 spare, 1 test"
    assert split.rows("train").tolist() == [1, 3]
    assert split.rows("validation").tolist() == []


def corpus(label_sets: list[str]) -> Corpus:
    return Corpus.of([Document(str(i), f"t{i}", tuple(own)) for i, own in enumerate(label_sets)], tuple("abc"))


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "ab", "c"]), st.integers(0, 9)), min_size=4, max_size=40),
    st.integers(0, 3),
)
def test_no_group_straddles_a_drawn_split(rows: list[tuple[str, int]], seed: int) -> None:
    """Whatever the labels and groups."""
    order = list(dict.fromkeys(key for _, key in rows))
    group = np.array([order.index(key) for _, key in rows])
    role = draw_split(corpus([own for own, _ in rows]), group, stream(seed)).role
    assert set(role.tolist()) <= {"train", "test"}
    for key in range(len(order)):
        assert len(set(role[group == key].tolist())) == 1


def test_a_drawn_split_is_70_to_30_with_every_label_on_both_sides() -> None:
    """Also a label of four documents; the description says that it was drawn."""
    sets = ["a"] * 60 + ["b"] * 36 + ["c"] * 4
    for seed in range(10):
        split = draw_split(corpus(sets), np.arange(100), stream(seed))
        test = split.rows("test")
        assert abs(len(test) - 30) <= 1
        by_label = [sum(sets[row] == label for row in test) for label in "abc"]
        assert abs(by_label[0] - 18) <= 1
        assert abs(by_label[1] - 10.8) <= 1
        assert by_label[2] in (1, 2)
        assert split.description.startswith(f"none given, so drawn: {100 - len(test)} train, {len(test)} test")


def test_a_drawn_split_is_that_of_its_stream() -> None:
    """The same for the same, another for another."""
    whole = corpus(["a", "b", "ab", "c", ""] * 8)
    roles = [tuple(draw_split(whole, np.arange(40), stream(seed)).role) for seed in (0, 0, 1)]
    assert roles[0] == roles[1] != roles[2]
