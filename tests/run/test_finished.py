"""A finished run that is asked for again: nothing is read but files, and whatever changed is seen."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from synthlift.api import Options, audit, carry_out, finished, plan
from synthlift.corpus.columns import Columns
from synthlift.run.finished import MARK
from synthlift.study.catalog import MEASUREMENTS
from synthlift.study.input import Input

OPTIONS = Options(replicates=1, conditions=("real", "replicated", "real+synthetic"))


@pytest.fixture(scope="module")
def done(tmp_path_factory, corpora) -> tuple[Input, Path]:
    """Return what was asked for, of files of our own, and the folder where it was finished."""
    folder = tmp_path_factory.mktemp("finished")
    given = Input(
        Path(shutil.copy(corpora.real, folder)), Path(shutil.copy(corpora.synthetic, folder)),
        columns=Columns(split="split"),
    )  # fmt: skip
    carry_out(plan(given, OPTIONS), folder / "run")
    return given, folder / "run"


@pytest.fixture
def copied(done, tmp_path) -> tuple[Input, Path]:
    """Return a copy of the folder, and of the files, which a test may change."""
    given, out = done
    files = {name: Path(shutil.copy(getattr(given, name), tmp_path)) for name in ("real", "synthetic")}
    return replace(given, **files), Path(shutil.copytree(out, tmp_path / "run"))


def written_at(out: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.name != "lock"}


def test_nothing_is_done_again(done) -> None:
    """The summary comes from the folder, all trials were there before, and no file is written."""
    given, out = done
    before = written_at(out)
    summary, tally = finished(given, OPTIONS, out)
    assert (tally.total, tally.done, tally.resumed) == (6, 6, 6)
    assert written_at(out) == before
    assert summary == carry_out(plan(given, OPTIONS), out)[0]


def test_a_notebook_gets_it_too(copied, monkeypatch) -> None:
    """`audit` on a finished folder returns its summary without planning."""
    given, out = copied
    monkeypatch.setattr("synthlift.api.plan", lambda *_: pytest.fail("it was planned again"))
    summary = audit(
        given.real, given.synthetic, out, columns=given.columns, replicates=1, conditions=OPTIONS.conditions
    )
    assert (out / "summary.json").read_text().startswith("{")
    assert summary.verdict.outcome


RESULTS = ("ledger.db", "report.html", "summary.json", "documents.csv", "artefacts/nearest_pairs.json")


@pytest.mark.parametrize("name", RESULTS)
def test_one_bit_of_a_result_is_seen(copied, name: str) -> None:
    """Where anything that the run wrote has changed, the run goes the usual way."""
    given, out = copied
    assert finished(given, OPTIONS, out) is not None
    content = bytearray((out / name).read_bytes())
    content[len(content) // 2] ^= 1
    (out / name).write_bytes(content)
    assert finished(given, OPTIONS, out) is None


@pytest.mark.parametrize("content", ["{}", "[]", "{", '{"request": null, "n_trials": 6, "files": {}}'])
def test_a_mark_that_is_none_is_no_mark(copied, content: str) -> None:
    """A damaged mark is as good as none."""
    given, out = copied
    (out / MARK).write_text(content)
    assert finished(given, OPTIONS, out) is None


def test_a_result_that_is_gone_is_seen(copied) -> None:
    """A deleted file is written anew."""
    given, out = copied
    (out / "scores.parquet").unlink()
    assert finished(given, OPTIONS, out) is None
    carry_out(plan(given, OPTIONS), out)
    assert finished(given, OPTIONS, out) is not None


@pytest.mark.parametrize("name", ["real", "synthetic"])
def test_another_byte_of_a_file_is_another_request(copied, name: str) -> None:
    """Files count by their content."""
    given, out = copied
    with getattr(given, name).open("ab") as file:
        file.write(b"\n")
    assert finished(given, OPTIONS, out) is None


@pytest.mark.parametrize("other", [{"replicates": 2}, {"seed": 1}, {"delta": 0.02}, {"grid": True}])
def test_other_options_are_another_request(done, other: dict[str, object]) -> None:
    """More replicates, or another seed or delta, is not what was finished."""
    given, out = done
    assert finished(given, replace(OPTIONS, **other), out) is None
    assert finished(replace(given, drop_empty=True), OPTIONS, out) is None


def test_a_run_that_lacks_something_is_not_marked(tmp_path, corpora, monkeypatch) -> None:
    """Where a measurement failed the next run tries it again."""
    given = Input(corpora.real, corpora.synthetic, columns=Columns(split="split"))
    monkeypatch.setitem(MEASUREMENTS, "leakage", "synthlift.run.leakage:no_such_function")
    _, tally = carry_out(plan(given, OPTIONS), tmp_path / "run")
    assert tally.unmeasured == 1
    assert finished(given, OPTIONS, tmp_path / "run") is None
