"""Whether a gain is only names of labels: planted generators that are nothing but names, or that are faithful."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from synthlift.api import audit
from synthlift.corpus.columns import Columns
from synthlift.report.evidence import Evidence
from synthlift.report.html import render
from synthlift.report.leakage_chart import (
    keywords_table,
    leakage_answer,
    leakage_chart,
    leakage_table,
    leakage_told,
    overlap_table,
)
from synthlift.report.summary import Leakage, Summary
from synthlift.run import measuring
from synthlift.storage.ledger import Ledger
from synthlift.study.catalog import MEASUREMENTS

Rows = list[dict[str, Any]]

CONDITIONS = ("real", "replicated", "real+synthetic", "masked")
NAMES = ("amber", "basalt", "copper", "diamond", "emerald", "flint", "garnet", "hematite", "iolite", "jasper")
TOPIC = {name: [f"{chr(97 + i)}{chr(97 + j)}xq{chr(97 + j)}" for j in range(20)] for i, name in enumerate(NAMES)}
COMMON = [f"{chr(97 + i)}word" for i in range(26)]


def written(n: int, prefix: str, *, topical: bool, named: float, seed: int = 0, **fields: object) -> Rows:
    """Write documents of common words, with words of their labels' topics or not, and names in a share of them."""
    rng = np.random.default_rng([seed, len(prefix), ord(prefix[0])])
    rows: Rows = []
    for i in range(n):
        labels = sorted(rng.choice(NAMES, size=rng.integers(1, 3), replace=False).tolist())
        words = rng.choice(COMMON, 10).tolist()
        words += [str(word) for label in labels for word in rng.choice(TOPIC[label], 4)] if topical else []
        words += labels if rng.random() < named else []
        rng.shuffle(words)
        rows.append({"id": f"{prefix}{i}", "text": " ".join(words), "labels": labels, **fields})
    return rows


@pytest.fixture(scope="module", autouse=True)
def _only_names_are_measured() -> Iterator[None]:
    """Leave out what else runs measure of texts, which takes longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measuring, "MEASUREMENTS", {"leakage": MEASUREMENTS["leakage"]})
        yield


@pytest.fixture(scope="module")
def real() -> Rows:
    """Give 40 training documents, few of which name their labels, and 400 test documents, half of which do."""
    train = written(40, "r", topical=True, named=0.3, split="train")
    return [*train, *written(400, "t", topical=True, named=0.5, split="test")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the planted run."""
    return tmp_path_factory.mktemp("planted") / "run"


@pytest.fixture(scope="module")
def planted(real: Rows, folder: Path) -> Summary:
    """Give the summary of a run with a faithful generator and one whose texts are chance but for the names."""
    faithful = written(200, "f", topical=True, named=0.5, generator="faithful")
    namer = written(200, "n", topical=False, named=1.0, generator="namer")
    return audited(real, [*faithful, *namer], folder)


def audited(real: Rows, synthetic: Rows, out: Path | None = None, **options: Any) -> Summary:
    given = {"conditions": CONDITIONS, "replicates": 3, "by": "generator", **options}
    return audit(real, synthetic, out, columns=Columns(split="split"), **given)


def of(summary: Summary, generator: str) -> dict[tuple[str, str], Leakage]:
    return {(r.contrast, r.documents): r for r in summary.leakage if r.generator == generator}


def test_a_generator_of_names_gains_only_where_names_stand(planted: Summary) -> None:
    """Its gain is on test documents with names; on those without it is gone, and so it is when names are masked."""
    found = of(planted, "namer")
    gain, without = found["real+synthetic - replicated", "with"], found["real+synthetic - replicated", "without"]
    assert (gain.low or 0.0) > 0.1
    assert (without.low or 1.0) < 0.0
    assert (without.high or 1.0) < (gain.low or 0.0)
    assert (found["masked - replicated", "all"].high or 1.0) < 0.0
    assert (found["masked - real+synthetic", "all"].high or 1.0) < 0.0


def test_a_faithful_generator_keeps_its_gain(planted: Summary) -> None:
    """On documents without names, and with the names taken out of its texts."""
    found = of(planted, "faithful")
    for key in (("real+synthetic - replicated", "without"), ("masked - replicated", "all")):
        assert (found[key].low or 0.0) > 0.05, key


def test_parts_are_scored_on_their_documents_alone(planted: Summary, real: Rows, folder: Path) -> None:
    """The gain on documents without names is that of scikit-learn's F1 on them; the numbers of documents add up."""
    with Ledger.open_readonly(folder / "ledger.db") as ledger:
        evidence = Evidence.load(ledger)
    rows = [
        i
        for i, row in enumerate(r for r in real if r["split"] == "test")
        if not set(row["labels"]) & set(row["text"].split())
    ]
    cell, truth = evidence.primary, evidence.truth.labels
    scores = {
        name: [
            f1_score(truth[rows], evidence.arm(cell, name).predicted(r, "tuned")[rows], average="micro")
            for r in range(3)
        ]
        for name in ("real+synthetic", "replicated")
    }  # fmt: skip
    record = of(planted, "faithful")["real+synthetic - replicated", "without"]
    assert record.value == pytest.approx(np.mean(scores["real+synthetic"]) - np.mean(scores["replicated"]), abs=1e-5)
    assert record.n_test_documents == len(rows)
    assert (
        record.n_test_documents + of(planted, "faithful")["real+synthetic - replicated", "with"].n_test_documents == 400
    )


def test_the_share_of_documents_with_names_is_told(planted: Summary) -> None:
    """Real documents once, half of them with names; all texts of the namer, so much more than real ones."""
    found = {(r.documents, r.generator): r for r in planted.keyword_overlap}
    assert list(found) == [("train", None), ("test", None), ("synthetic", "faithful"), ("synthetic", "namer")]
    namer, test = found["synthetic", "namer"], found["test", None]
    assert (namer.value, namer.n, test.n) == (1.0, 200, 400)
    assert test.value == pytest.approx(0.5, abs=0.06)
    assert namer.difference == pytest.approx(1.0 - (test.value or 0.0), abs=1e-5)
    assert (namer.difference_low or 0.0) > 0.4
    assert (found["synthetic", "faithful"].difference_low or 0.0) < 0.0


def test_names_are_a_floor_and_listed(planted: Summary) -> None:
    """Where names stand a rule without learning finds them; each label has its words."""
    [floor] = [r for r in planted.floors if (r.name, r.metric) == ("keywords", "micro-F1")]
    assert floor.value == pytest.approx(2 * 0.5 / 1.5, abs=0.06)
    assert {r.label: r.words for r in planted.label_keywords} == {name: [name] for name in NAMES}


def test_masking_is_out_of_the_way_of_the_verdict(real: Rows, planted: Summary) -> None:
    """With it or without, verdicts, contrasts and scores are the same."""
    synthetic = [
        *written(200, "f", topical=True, named=0.5, generator="faithful"),
        *written(200, "n", topical=False, named=1.0, generator="namer"),
    ]
    without = audited(real, synthetic, conditions=CONDITIONS[:-1])
    for part in ("verdict", "verdicts", "estimates", "scores", "warnings"):
        assert getattr(without, part) == getattr(planted, part)
    assert {r.contrast for r in without.leakage} == {"real+synthetic - replicated"}


def test_the_answer_follows_the_intervals(planted: Summary) -> None:
    """A gain that holds is more than names, another is perhaps only names; without a gain nothing is asked."""
    assert leakage_answer(planted).count("More than names") == 2
    as_namer = planted.model_copy(update={"verdict": planted.verdict.model_copy(update={"generator": "namer"})})
    assert "More than names" not in leakage_answer(as_namer)
    assert "names: on test documents without any name" in leakage_answer(as_namer)
    level = [r.model_copy(update={"low": -0.1}) for r in planted.leakage]
    assert leakage_answer(planted.model_copy(update={"leakage": level})).startswith("There is no gain")
    assert leakage_answer(planted.model_copy(update={"leakage": []})).startswith("This run cannot tell")


def test_the_page_shows_it(planted: Summary) -> None:
    """The section with its chart, tables and link; without records there is none."""
    page = render(planted).decode()
    assert 'href="#leakage"' in page
    assert "Is it only the label names?" in page
    assert "With <code>--leakage</code>" not in page
    chart = leakage_chart(planted)
    assert chart is not None
    assert len(chart.rows) == 5
    assert len(leakage_table(planted).rows) == len(planted.leakage) == 10
    assert [row[0] for row in overlap_table(planted).rows] == ["real, training", "real, test", "faithful", "namer"]
    assert len(keywords_table(planted).rows) == len(NAMES)
    assert "#leakage" not in render(planted.model_copy(update={"leakage": []})).decode()


def test_prompts_without_names_are_mentioned(clear: Summary) -> None:
    """By the generators whose prompts described labels only."""
    unnamed = [record.model_copy(update={"label_names": False}) for record in clear.writing]
    told = leakage_told(clear.model_copy(update={"writing": unnamed}))
    assert all(record.generator in told for record in unnamed)
    assert leakage_told(clear.model_copy(update={"writing": []})) == ""


def renamed(rows: Rows, names: dict[str, str]) -> Rows:
    return [{**row, "labels": [names[label] for label in row["labels"]]} for row in rows]


def test_labels_that_no_text_can_name_are_told_apart_from_labels_that_none_does(real: Rows) -> None:
    """Codes of two letters have no keyword: every number is null with the reason, and the page says what to give."""
    names = {name: name[:2] for name in NAMES}
    synthetic = renamed(written(60, "f", topical=True, named=0.5), names)
    summary = audited(renamed(real, names), synthetic, by=None)
    parts = [r for r in summary.leakage if r.documents != "all" or "masked" in r.contrast]
    assert len(parts) == 4
    found = [(r.value, r.reason) for r in parts] + [(r.value, r.reason) for r in summary.keyword_overlap]
    assert all(value is None and reason is not None and "--descriptions" in reason for value, reason in found)
    assert "--descriptions" in render(summary).decode()
    described = audited(renamed(real, names), synthetic, by=None, descriptions={names[n]: n for n in NAMES})
    assert all(r.value is not None for r in described.leakage)


def test_codes_that_could_be_words_are_no_names_where_no_text_has_them(real: Rows) -> None:
    """Codes of three letters that stand nowhere: not "more than names", but what to give."""
    names = {name: f"{name[:2]}q9x" for name in NAMES}
    summary = audited(renamed(real, names), renamed(written(60, "f", topical=True, named=0.5), names), by=None)
    assert [record.value for record in summary.keyword_overlap] == [0.0, 0.0, 0.0]
    assert "--descriptions" in leakage_answer(summary)
    assert "More than names" not in leakage_answer(summary)


def test_few_documents_without_names_are_refused() -> None:
    """Below 50 independent documents the gain on them is null with the numbers, not a guess."""
    rows = [
        *written(40, "r", topical=True, named=0.5, split="train"),
        *written(80, "t", topical=True, named=0.8, split="test"),
    ]
    found = of(audited(rows, written(40, "f", topical=True, named=0.5, generator="f")), "f")
    few = found["real+synthetic - replicated", "without"]
    assert few.value is None
    assert few.reason == f"got {few.n_test_documents} such independent test documents, expected 50"


def test_one_label_has_reasons_for_everything() -> None:
    """Where nothing can be classified the shares are told and the gains have a reason."""
    rows = [{**row, "labels": ["amber"]} for row in written(30, "r", topical=True, named=0.5, split="train")]
    rows += [{**row, "labels": ["amber"]} for row in written(30, "t", topical=True, named=0.5, split="test")]
    summary = audited(
        rows, [{**row, "labels": ["amber"]} for row in written(20, "f", topical=True, named=1.0)], by=None
    )
    assert all(r.value is None and r.reason for r in summary.leakage)
    assert all(r.value is not None for r in summary.keyword_overlap)
    render(summary)
