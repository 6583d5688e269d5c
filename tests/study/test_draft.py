"""The first study file of a corpus, and the schema of study files."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from synthlift.errors import BadConfiguration
from synthlift.study.draft import drafted, study_schema
from synthlift.study.study_file import read_study_file
from synthlift.study_run import check_study, draft_study

ROOT = Path(__file__).resolve().parents[2]
ODD = ('a"b', "c\\d", "e\nf", "g\x7fh", "#i", "[j]", "ü")


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(study_schema()))


def test_a_draft_is_a_study_that_can_be_checked(tmp_path, corpora, validator, monkeypatch) -> None:
    """It names the corpus as seen from its own folder, passes its schema, and a simulated model in it runs."""
    monkeypatch.chdir(tmp_path)
    real = corpora.real
    path = tmp_path / "studies" / "first.toml"
    path.parent.mkdir()
    side = draft_study({"real": str(real), "split_column": "split"}, path)
    assert (path.parent / "study.schema.json").read_bytes() == study_schema()
    validator.validate(tomllib.loads(path.read_text()))
    study = read_study_file(path)
    assert study.path(study.corpus.real).resolve() == real.resolve()
    assert study.generators[0].n == 4 * side.rows("train").size
    served = 'model = "the-name-your-server-knows"\nendpoints = ["http://127.0.0.1:8000/v1"]'
    simulated = path.read_text().replace(served, 'simulated = "faithful"')
    path.write_text(simulated)
    assert [volume.n for volume in check_study(path).volumes] == [study.generators[0].n] * 2
    with pytest.raises(BadConfiguration, match="is there already"):
        draft_study({"real": str(real)}, path)
    assert path.read_text() == simulated


@pytest.mark.parametrize("label", ODD)
def test_any_label_and_column_can_be_spelled(label: str) -> None:
    """Names with quotes, line ends and signs of TOML come back as they are, also where a comment is made a key."""
    text = drafted({"real": "r.csv", "text_column": label, "label_columns": [label, "x"]}, 10, [label])
    assert tomllib.loads(text)["corpus"]["text_column"] == label
    assert tomllib.loads(text)["corpus"]["label_columns"] == [label, "x"]
    described = text.replace("# [corpus.desc", "[corpus.desc").replace(' = "..."', ' = "what it means"', 1)
    line = next(line for line in described.splitlines() if line.endswith('"what it means"'))
    assert tomllib.loads(described.replace(line, line[2:]))["corpus"]["descriptions"] == {label: "what it means"}


def test_the_published_schema_is_that_of_the_code(validator) -> None:
    """docs/study.schema.json is up to date, and every example passes it."""
    assert (ROOT / "docs" / "study.schema.json").read_bytes() == study_schema()
    examples = sorted((ROOT / "examples" / "studies").glob("*.toml"))
    assert examples
    for example in examples:
        validator.validate(tomllib.loads(example.read_text()))
        read_study_file(example)


@pytest.mark.parametrize(("key", "value"), [("folder", "/"), ("replicate", 3), ("replicates", 0), ("regimes", [])])
def test_the_schema_refuses_what_the_reader_refuses(validator, key: str, value: object) -> None:
    """Unknown keys and impossible values are marked in an editor already."""
    study = tomllib.loads(drafted({"real": "r.csv"}, 10, ["a"]))
    validator.validate(study)
    assert not validator.is_valid({**study, key: value})
