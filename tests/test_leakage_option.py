"""`--descriptions` and `--leakage`: from the command line to records, with other descriptions in the same folder."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def described(tmp_path):
    """Write what the labels of the tiny corpus mean: words that its texts have."""
    path = tmp_path / "labels.json"
    path.write_text(json.dumps({label: f"{label}1 and {label}2" for label in ("blue", "green", "grey", "red")}))
    return path


def summary_of(done, out):
    assert done.returncode == 0, done.stderr
    return json.loads((out / "summary.json").read_text())


def test_descriptions_say_which_words_name_a_label(tmp_path, warm, corpora, described):
    """Words of the file are keywords; masking is run by request, on top of the other conditions."""
    out, few = tmp_path / "run", ("--condition", "replicated", "--condition", "real+synthetic")
    plain = summary_of(warm(*corpora.audit(out, *few), plain=True), out)
    assert {r["label"]: r["words"] for r in plain["label_keywords"]}["red"] == ["red"]
    assert {r["contrast"] for r in plain["leakage"]} == {"real+synthetic - replicated"}
    more = (*few, "--descriptions", str(described), "--leakage")
    summary = summary_of(warm(*corpora.audit(out, *more), plain=True), out)
    assert {r["label"]: r["words"] for r in summary["label_keywords"]}["red"] == ["red", "red1", "red2"]
    masked = {r["contrast"]: r["value"] for r in summary["leakage"] if r["contrast"].startswith("masked")}
    assert set(masked) == {"masked - replicated", "masked - real+synthetic"}
    assert None not in masked.values()
    [before, after] = [
        next(f["value"] for f in s["floors"] if (f["name"], f["metric"]) == ("keywords", "micro-F1"))
        for s in (plain, summary)
    ]
    assert after > before


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("no.json", None, "cannot read"),
        ("a.json", "[1]", "expected a JSON object"),
        ("b.json", "{}", "expected the labels of the corpus"),
        ("c.csv", "label,meaning\nred,x\n", "columns label and description"),
    ],
)
def test_faults_of_the_file_are_told_by_the_options_name(tmp_path, warm, corpora, name, content, told):
    """Exit 2, naming the option, before anything is written."""
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    done = warm(*corpora.audit(tmp_path / "run", "--descriptions", str(path)))
    assert done.returncode == 2
    assert "--descriptions" in done.stderr
    assert told in " ".join(done.stderr.split())
    assert not (tmp_path / "run").exists()


def test_real_patents_gain_more_than_names(data_folder, warm, tmp_path):
    """By the titles of their codes: the gain holds on test documents without them, and for masked texts."""
    corpus, out = data_folder / "uspto64", tmp_path / "run"
    conditions = [part for name in ("replicated", "real+synthetic") for part in ("--condition", name)]
    done = warm(
        "audit", str(corpus / "real.jsonl"), str(corpus / "synthetic.jsonl"), "--split-column", "split",
        "--where", "mode=synthesis", "--real-where", "split=seed", "--real-where", "split=test",
        "--descriptions", str(corpus / "labels.json"), *conditions, "--leakage",
        "--replicates", "1", "--workers", "1", "--out", str(out), plain=True,
        before="import synthlift.run.measuring as m; m.MEASUREMENTS = {'leakage': m.MEASUREMENTS['leakage']}",
    )  # fmt: skip
    summary = summary_of(done, out)
    found = {(r["contrast"], r["documents"]): r for r in summary["leakage"]}
    assert found["real+synthetic - replicated", "without"]["low"] > 0.03
    assert found["real+synthetic - replicated", "without"]["n_test_documents"] > 300
    assert found["masked - replicated", "all"]["value"] > 0.08
    shares = {r["documents"]: r["value"] for r in summary["keyword_overlap"]}
    assert 0.4 < shares["test"] < shares["synthetic"] < 0.6
