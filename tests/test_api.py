"""What a notebook imports."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import time

import pytest

from synthlift import api
from synthlift.corpus.columns import Columns
from synthlift.errors import BadConfiguration, InputRejected, Refused
from synthlift.report.publish import json_bytes
from synthlift.storage.lock import RunLock
from synthlift.study.input import Input


@pytest.fixture(scope="module")
def given(corpora) -> Input:
    """Give the files of the tiny corpus."""
    return Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))


def test_audit_is_what_the_command_line_runs(tmp_path, corpora, finished):
    """`audit` gives the same bytes as the command line, and returns the Summary whose bytes are summary.json."""
    out = tmp_path / "run"
    summary = api.audit(corpora.real, corpora.synthetic, out, columns=Columns(split="split"), replicates=1)
    for name in ("summary.json", "report.html", "scores.parquet", "documents.csv"):
        assert (out / name).read_bytes() == (finished / name).read_bytes()
    assert (out / "summary.json").read_bytes() == json_bytes(summary)
    assert json.loads((out / "status.json").read_text())["state"] == "done"


def test_audit_is_quiet_and_alone(capfd, tmp_path, corpora):
    """`audit` prints nothing, and uses one process unless told otherwise."""
    assert inspect.signature(api.audit).parameters["workers"].default == 1
    assert inspect.signature(api.carry_out).parameters["workers"].default == 1
    with pytest.raises(BadConfiguration):
        api.audit(corpora.real, corpora.synthetic, tmp_path / "run", replicates=0)
    assert capfd.readouterr() == ("", "")


def test_plan_writes_nothing_and_expands_all(given, tmp_path, monkeypatch):
    """`plan` reads and checks, names every trial once, and leaves no file."""
    monkeypatch.chdir(tmp_path)
    planned = api.plan(given, api.Options(regimes=("all", "20", "all"), replicates=3))
    names = [trial.name for trial in planned.trials]
    assert len(set(names)) == len(names)
    n_train = planned.prepared.facts.n_train
    drawn = [trial.condition for trial in planned.trials if trial.regime == "80% draws" and trial.replicate == 0]
    assert drawn == ["real", "real+steps", "replicated", "replicated-matched", "real+synthetic"]
    assert len(names) == 3 * (2 * len(planned.study.conditions) + len(drawn))
    assert planned.n_real == {"all": n_train, "20": 20, "80% draws": round(0.8 * n_train)}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"regimes": ("1.0",)}, "1.0"),
        ({"regimes": ("9999",)}, "9999"),
        ({"classifiers": ("nonsense",)}, "linear"),
        ({"replicates": 0}, "replicates"),
        ({"delta": 1.5}, "delta"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_that_cannot_be_run(given, options, told):
    """An impossible option is refused before anything is trained, in a message that names it."""
    with pytest.raises(BadConfiguration, match=told):
        api.plan(given, api.Options(**options))


def test_faults_are_exceptions_with_rows(tmp_path, corpora):
    """A fault of a file is an exception that carries file, row and code; nothing is written."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "a", "text": "x", "labels": ["y"]}\n{"id": "a", "text": "x", "labels": ["y"]}\n')
    with pytest.raises(InputRejected) as caught:
        api.audit(bad, corpora.synthetic, tmp_path / "run")
    assert [(each.row, each.code) for each in caught.value.rejections] == [(2, "duplicate-id")]
    assert not (tmp_path / "run").exists()


def test_a_folder_in_use_is_refused_before_reading(tmp_path, corpora):
    """A folder that another run holds is refused before the files are so much as opened."""
    with RunLock(tmp_path), pytest.raises(Refused, match="in use"):
        api.audit(tmp_path / "no such file.jsonl", corpora.synthetic, tmp_path)


def test_rebuild_gives_the_same_summary(finished, finished_copy):
    """`rebuild` writes summary and report anew from the run folder alone."""
    (finished_copy / "summary.json").unlink()
    summary = api.rebuild(finished_copy)
    assert json_bytes(summary) == (finished / "summary.json").read_bytes()
    assert (finished_copy / "summary.json").read_bytes() == (finished / "summary.json").read_bytes()


def test_a_script_without_a_guard(tmp_path, corpora):
    """A script that asks for workers without a `__main__` guard ends soon, and is told about the guard."""
    script = tmp_path / "script.py"
    files = (str(corpora.real), str(corpora.synthetic), str(tmp_path / "run"))
    script.write_text(f"from synthlift.api import audit\naudit(*{files!r}, replicates=1, workers=2)\n")
    began = time.monotonic()
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert time.monotonic() - began < 30.0
    assert done.returncode == 1
    assert "if __name__ == '__main__'" in done.stderr.splitlines()[-1]


def test_a_script_with_a_guard(tmp_path, corpora, finished):
    """The guarded script runs with workers."""
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\n"
        "from synthlift.api import Input, Options, carry_out, plan\n"
        "from synthlift.corpus.columns import Columns\n"
        "if __name__ == '__main__':\n"
        f"    given = Input(Path({str(corpora.real)!r}), Path({str(corpora.synthetic)!r}),\n"
        "                  columns=Columns(split='split'))\n"
        f"    carry_out(plan(given, Options(replicates=1)), Path({str(tmp_path / 'run')!r}), workers=2)\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "run" / "summary.json").read_bytes() == (finished / "summary.json").read_bytes()
