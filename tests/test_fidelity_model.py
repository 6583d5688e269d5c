"""`--fidelity-model`: likeness in the vectors of a sentence encoder that no classifier uses."""

from __future__ import annotations

import json

import pytest

FEW = ("--condition", "replicated", "--condition", "real+synthetic")


def likeness(out, named):
    records = json.loads((out / "summary.json").read_text())["fidelity"]
    return {r["measure"]: r for r in records if r["label_set"] is None and named in r["representation"]}


@pytest.fixture(scope="module")
def many(tmp_path_factory, tiny, write_corpora):
    """Write enough of the tiny corpus' documents for likeness to be measured."""
    return write_corpora(tmp_path_factory.mktemp("many"), *tiny(n_real=360, n_synthetic=120))


def test_a_pretrained_encoder_is_one_more_representation(tmp_path, warm, many, minilm_dir):
    """Its vectors are computed once, beside those of LSA; without it nothing changes but that they are missing."""
    out = tmp_path / "run"
    done = warm(*many.audit(out, *FEW, "--fidelity-model", str(minilm_dir)), plain=True)
    assert done.returncode == 0, done.stderr
    found, lsa = likeness(out, "encoder"), likeness(out, "LSA of words")
    assert {"MMD^2", "coverage", "two-sample-AUC"} <= set(found)
    assert found["MMD^2"]["value"] is not None
    assert found["MMD^2"]["value"] < found["MMD^2"]["ceiling"]
    assert found["MMD^2"]["value"] != lsa["MMD^2"]["value"]
    vectors = list((out / "artefacts" / "embeddings").rglob("*"))
    assert vectors
    again = warm(*many.audit(out, *FEW), plain=True)
    assert again.returncode == 0, again.stderr
    assert likeness(out, "encoder") == {}
    assert likeness(out, "LSA of words") == lsa


@pytest.mark.parametrize(
    ("model", "told"),
    [("no/such/folder/here", "no such folder"), ("somebody/some-model", "40")],
)
def test_a_model_that_cannot_be_had_is_refused_before_anything_is_written(tmp_path, warm, corpora, model, told):
    """Exit 2: neither a folder, nor a name of the Hub with its commit."""
    done = warm(*corpora.audit(tmp_path / "run", "--fidelity-model", model))
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert not (tmp_path / "run").exists()


def test_generators_by_two_columns_are_their_combinations(tmp_path, warm, tiny, write_corpora):
    """Named `value / value`, each compared by itself."""
    real, synthetic = tiny()
    rows = [{**row, "generator": "ab"[i % 2], "mode": "xy"[i // 2 % 2]} for i, row in enumerate(synthetic)]
    files = write_corpora(tmp_path, real, rows)
    done = warm(*files.audit(tmp_path / "run", *FEW, "--by", "generator,mode"), plain=True)
    assert done.returncode == 0, done.stderr
    volumes = json.loads((tmp_path / "run" / "summary.json").read_text())["volume"]
    assert {v["generator"]: v["kept"] for v in volumes} == {f"{g} / {m}": 10 for g in "ab" for m in "xy"}
    bad = warm(*files.audit(tmp_path / "other", "--by", "generator,nothing"))
    assert bad.returncode in (2, 3)
    assert "nothing" in bad.stderr
