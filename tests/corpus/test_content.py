"""Content that rejects a real corpus is dropped and counted in a synthetic one."""

from __future__ import annotations

import pytest

from synthlift.corpus.content import RealContent, SyntheticContent
from synthlift.corpus.faults import Faults
from synthlift.corpus.rows import Row
from synthlift.errors import InputRejected


def row(text: str = "x", labels: tuple[str, ...] | None = ("a",), *, plain: bool = False) -> Row:
    return Row(None, text, labels, plain, None, None, (), None)


def test_real_content_is_rejected_and_synthetic_content_dropped():
    """The same rows, both ways."""
    cases = {"empty-text": row("\u3000"), "missing-labels": row(labels=None)}
    for code, item in cases.items():
        faults = Faults("f")
        assert RealContent(faults, drop_empty=False, max_labels=9).reason_to_drop(item) is None
        assert [rejection.code for rejection in faults.found] == [code]
        assert SyntheticContent(Faults("f"), known_labels=("a",)).reason_to_drop(item) == code


def test_a_refusal_drops_a_synthetic_row_and_not_a_real_one():
    """A person may well write so."""
    item = row("I'm sorry, but I can't assist with that request.")
    faults = Faults("f")
    assert RealContent(faults, drop_empty=False, max_labels=9).reason_to_drop(item) is None
    assert faults.found == []
    assert SyntheticContent(faults, known_labels=("a",)).reason_to_drop(item) == "refusal"


def test_one_unknown_label_among_known_ones_drops_the_row():
    """A label is never taken off silently."""
    content = SyntheticContent(Faults("f"), known_labels=("a", "b"))
    assert content.reason_to_drop(row(labels=("a", "z"))) == "unknown-label"
    assert content.reason_to_drop(row(labels=("a", "b"))) is None
    assert content.reason_to_drop(row(labels=())) is None


def test_half_unusable_is_accepted_and_more_is_not():
    """The counts, and the nearest known label, are told."""
    content = SyntheticContent(Faults("f"), known_labels=("Sports", "World"))
    content.settle(5, {"unknown-label": 5})
    content.reason_to_drop(row(labels=("Sport",)))
    with pytest.raises(InputRejected) as caught:
        content.settle(5, {"unknown-label": 4, "refusal": 2})
    assert str(caught.value) == (
        "f:0 mostly-unusable: 6 of 11 rows cannot be used (unknown-label 4, refusal 2), expected at most half: "
        "write labels as the real corpus does; it has no 'Sport' (nearest known label: 'Sports')"
    )


def test_glued_labels_are_told_before_their_number():
    """Combinations of glued labels make many "labels"; the delimiter is what is wrong."""
    content = RealContent(Faults("f"), drop_empty=False, max_labels=5)
    glued = [row(labels=(f"{one};{other}",), plain=True) for one in "abc" for other in "def"]
    with pytest.raises(InputRejected, match=r"ambiguous-delimiter.*--label-delimiter ';'"):
        list(map(content.reason_to_drop, glued))
    content = RealContent(Faults("f"), drop_empty=False, max_labels=5)
    with pytest.raises(InputRejected, match=r"too-many-labels"):
        list(map(content.reason_to_drop, [row(labels=(label,), plain=True) for label in "abcdef"]))
