"""`--analyzer`: what texts are cut into, all the way from the option to the verdict."""

from __future__ import annotations

import json
import random

import pytest

SYLLABLES = "轮椅车座电动盲文显示助听器械臂康复训练传感语音识别导航"


@pytest.fixture(scope="module")
def chinese(tmp_path_factory, write_corpora):
    """Write a corpus of Chinese sentences without a blank, whose labels show only inside the clauses."""
    rng = random.Random(5)
    marks = {"mobility": "轮椅", "vision": "盲文", "hearing": "助听"}

    def row(identity: str, **fields: object) -> dict:
        label = rng.choice(list(marks))
        noise = ["".join(rng.choices(SYLLABLES, k=4)) for _ in range(5)]
        text = "".join(marks[label] if i % 2 else piece for i, piece in enumerate([*noise, *noise[:2]]))
        return {"id": identity, "text": text, "labels": [label], **fields}

    splits = ("train", "test", "train")
    real = [row(f"r{i}", split=splits[i % 3]) for i in range(90)]
    return write_corpora(tmp_path_factory.mktemp("chinese"), real, [row(f"s{i}") for i in range(30)])


def summary_of(done, out):
    assert done.returncode == 0, done.stderr
    return json.loads((out / "summary.json").read_text())


def score(summary, classifier):
    found = [
        s["mean"]
        for s in summary["scores"]
        if (s["condition"], s["classifier"], s["metric"], s["threshold"]) == ("real", classifier, "micro-F1", "tuned")
    ]
    assert len(found) == 1
    return found[0]


def test_characters_find_what_words_cannot_where_no_blank_parts_them(tmp_path, warm, chinese):
    """Texts without spaces are warned of; with `--analyzer char` classifiers and kNN learn, the warning goes."""
    both = ("--classifier", "linear", "--classifier", "embedding")
    words, chars = tmp_path / "words", tmp_path / "chars"
    by_word = summary_of(warm(*chinese.audit(words, *both), plain=True), words)
    by_char = summary_of(warm(*chinese.audit(chars, *both, "--analyzer", "char"), plain=True), chars)
    told = [w["message"] for w in by_word["warnings"] if w["code"] == "texts-without-spaces"]
    assert len(told) == 1
    assert "--analyzer char" in told[0]
    assert not [w for w in by_char["warnings"] if w["code"] == "texts-without-spaces"]
    for classifier in ("linear", "embedding"):
        assert score(by_char, classifier) > 0.9 > score(by_word, classifier)
    floors = {f["name"]: f["value"] for f in by_char["floors"] if f["metric"] == "micro-F1"}
    assert floors["kNN"] > 0.8 > {f["name"]: f["value"] for f in by_word["floors"] if f["metric"] == "micro-F1"}["kNN"]


def test_another_analyzer_is_another_run(tmp_path, warm, chinese):
    """A run folder keeps to one analyzer: its scores cannot be mixed with others."""
    out = tmp_path / "run"
    summary_of(warm(*chinese.audit(out, "--analyzer", "char"), plain=True), out)
    refused = warm(*chinese.audit(out), plain=True)
    assert refused.returncode == 5
    assert "--analyzer" in refused.stderr


def test_an_unknown_analyzer_is_refused_with_those_there_are(tmp_path, warm, chinese):
    """A typing error is told with the choices."""
    refused = warm(*chinese.audit(tmp_path / "run", "--analyzer", "bytes"))
    assert refused.returncode == 2
    assert "word" in refused.stderr
    assert "char" in refused.stderr
