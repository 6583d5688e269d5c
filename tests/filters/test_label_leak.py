"""Texts that name their labels are found."""

from __future__ import annotations

import pytest

from synthlift.filters.contract import Decision
from synthlift.filters.label_leak import LabelLeakFilter

NAMES = {
    "A61B": ("A61B", "Diagnosis; surgery"),
    "H01M": ("H01M", "Battery"),
    "joy": ("joy",),
    "天气": ("天气",),
    "G06F 3/01": ("G06F 3/01",),
    "B1": ("B1",),
}


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("A61B", "Class A61B covers it."),
        ("A61B", "see (a61b), please"),
        ("A61B", "A61B5/02"),
        ("A61B", "A61B 5/02"),
        ("G06F 3/01", "within G06F 3/01."),
        ("B1", "type B1"),
    ],
)
def test_a_code_always_drops(documents, label, text):
    """Whatever stands around it, and with the digits of a subdivision."""
    assert LabelLeakFilter(NAMES).judge(documents([text], [label])) == [Decision(False, "label-named", 1.0)]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("H01M", "The battery is charged."),
        ("H01M", "Two BATTERIES"),
        ("joy", "What joys!"),
        ("A61B", "for diagnosis, surgery and more"),
        ("天气", "今天天气很好"),
    ],
)
def test_a_name_counts_and_drops_only_above_a_limit(documents, label, text):
    """In singular or plural, whatever the punctuation, and within a run of letters where no blanks part words."""
    assert LabelLeakFilter(NAMES).judge(documents([text], [label])) == [Decision(True, None, 1.0)]
    assert LabelLeakFilter(NAMES, limit=0.5).judge(documents([text], [label])) == [Decision(False, "label-named", 1.0)]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("A61B", "A61 B, XA61B, A61BX and surgery"),
        ("B1", "vitamin B12"),
        ("joy", "enjoy, joyful"),
        ("H01M", "batteryless joy A61B"),
        ("unknown", "unknown"),
    ],
)
def test_parts_of_words_and_other_labels_do_not_count(documents, label, text):
    """Nor does a label of which nothing is known."""
    assert LabelLeakFilter(NAMES).judge(documents([text], [label])) == [Decision(True, None, 0.0)]


def test_the_score_is_the_share_of_its_labels_and_the_limit_itself_is_allowed(documents):
    """One of two; a document without labels has no share."""
    told = LabelLeakFilter(NAMES, limit=0.5)
    assert told.judge(documents(["joy"], ["H01M", "joy"])) == [Decision(True, None, 0.5)]
    assert told.judge(documents(["joy of batteries"], ["H01M", "joy"])) == [Decision(False, "label-named", 1.0)]
    assert told.judge(documents(["joy"])) == [Decision(True, None, None)]


@pytest.mark.data
def test_real_patents_name_neither_code_nor_often_title(documents, rows, data_folder):
    """None is dropped; under 2 % of the labels are named."""
    import json

    titles = json.loads((data_folder / "uspto64" / "labels.json").read_text(encoding="utf-8"))
    told = LabelLeakFilter({label: (label, title) for label, title in titles.items()})
    scores = []
    for row in rows("uspto64/real.jsonl"):
        (decision,) = told.judge(documents([row["text"]], sorted(row["labels"])))
        assert decision.keep
        scores.append(decision.score)
    assert 0.0 < sum(scores) / len(scores) < 0.02
