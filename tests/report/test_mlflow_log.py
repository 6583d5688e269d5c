"""A run logged to MLflow, read back from a real store in a folder."""

from __future__ import annotations

import json
import sys

import pytest

from synthlift.errors import BadConfiguration, Stopped
from synthlift.report.export import read_summary
from synthlift.report.mlflow_log import log_to_mlflow
from synthlift.storage.ledger import Ledger

SECRET = "canary-7f3a"  # noqa: S105 (a canary)


def _study(run) -> dict:
    with Ledger.open_readonly(run / "ledger.db") as ledger:
        return ledger.get("study")


@pytest.fixture
def mlflow():
    """Give MLflow, where it is installed."""
    return pytest.importorskip("mlflow", reason="needs synthlift[mlflow]")


def test_what_was_logged_is_read_back(finished, tmp_path, mlflow, monkeypatch):
    """Settings, primary estimates with their intervals, verdict and report; and nothing of who ran it where."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("USER", SECRET)
    uri = (tmp_path / "store").as_uri()
    summary = read_summary(finished)
    study = {**_study(finished), "classifier_settings": {"my encoder/2": {"model": "a+b"}}}
    run_id = log_to_mlflow(summary, study, finished, uri)
    run = mlflow.MlflowClient(tracking_uri=uri).get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["study.replicates"] == "1"
    assert json.loads(run.data.params["study.conditions"]) == study["conditions"]
    assert run.data.params["study.classifier_settings.my encoder_2.model"] == "a+b"
    metric = {"metric": "micro-F1", "threshold": "tuned"}.items()
    records = [e for e in summary.model_dump()["estimates"] if metric <= e.items() and e["value"] is not None]
    told = {
        f"{e['contrast'].replace('+', ' and ')}/{name}": e[name] for e in records for name in ("value", "low", "high")
    }
    assert run.data.metrics == told
    assert "real and synthetic - real/low" in told
    assert run.data.tags["verdict"] == summary.verdict.outcome
    assert run.data.tags["method version"] == summary.method.version
    assert set(run.data.tags) == {
        "verdict", "method version", "declaration", "declared after scores", "mlflow.runName",
    }  # fmt: skip
    kept = next((tmp_path / "store").rglob("artifacts"))
    for name in ("summary.json", "report.html"):
        assert (kept / name).read_bytes() == (finished / name).read_bytes()
    assert not [path for path in (tmp_path / "store").rglob("*") if path.is_file() and SECRET in path.read_text()]


def test_a_second_run_goes_beside_the_first(finished, tmp_path, mlflow):
    """Logged twice, a run is there twice, in one experiment."""
    uri = (tmp_path / "store").as_uri()
    first, second = (log_to_mlflow(read_summary(finished), {}, finished, uri) for _ in range(2))
    client = mlflow.MlflowClient(tracking_uri=uri)
    assert first != second
    assert client.get_run(first).info.experiment_id == client.get_run(second).info.experiment_id


def test_a_run_that_is_not_taken_whole_is_marked_as_failed(finished_copy, tmp_path, mlflow):
    """Where the report is gone the run is there, and failed."""
    uri = (tmp_path / "store").as_uri()
    (finished_copy / "report.html").unlink()
    with pytest.raises(Stopped, match="took no run"):
        log_to_mlflow(read_summary(finished_copy), {}, finished_copy, uri)
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("synthlift").experiment_id
    assert [run.info.status for run in client.search_runs([experiment])] == ["FAILED"]


@pytest.mark.parametrize("uri", ["nonsense://user:canary-7f3a@host", "file:///proc/nothing/canary-7f3a"])
def test_an_address_that_is_none(finished, mlflow, uri):
    """The message does not repeat the address, which may hold a password."""
    with pytest.raises(Stopped, match="check its address") as caught:
        log_to_mlflow(read_summary(finished), {}, finished, uri)
    assert SECRET not in str(caught.value)


def test_without_mlflow_the_extra_is_named(finished, monkeypatch):
    """Where MLflow is not installed the message says how to install it."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(BadConfiguration, match=r"synthlift\[mlflow\]"):
        log_to_mlflow(read_summary(finished), {}, finished, "file:///nowhere")
