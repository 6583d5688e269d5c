"""A run of ours as one run of MLflow: how it was set, its primary estimates, its verdict, and the report."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from synthlift.errors import BadConfiguration, Stopped
from synthlift.report.summary import Summary

__all__ = ["log_to_mlflow"]

EXPERIMENT = "synthlift"
ARTEFACTS = ("summary.json", "report.html")
MOST_CHARACTERS = 6_000
_UNKNOWN = re.compile(r"[^\w.\- ]")
# of this process alone: MLflow reports its use to its makers, waits minutes for a server that is not there, and refuses
# a folder although the user named one
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_ALLOW_FILE_STORE": "true",
}


def log_to_mlflow(summary: Summary, study: Mapping[str, Any], out: Path, uri: str) -> str:
    """Log a run; return the id that MLflow gave it.

    Nothing of the environment is logged: no user, no host, no source, no key.

    Parameters
    ----------
    summary : Summary
    study : mapping
        The configuration, as the ledger has it.
    out : Path
        Run folder.
    uri : str
        Tracking server or folder: ``http://...``, ``file:...``.

    Raises
    ------
    BadConfiguration
        Where MLflow is not installed.
    Stopped
        Where the server takes no run, or not the whole of it; then the run is marked as failed there.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise BadConfiguration(
            "--mlflow: got no MLflow, expected it to be installed: pip install 'synthlift[mlflow]'"
        ) from None
    try:
        return _logged(MlflowClient(tracking_uri=uri), summary, study, out)
    except (MlflowException, OSError, ImportError) as error:
        # neither its words nor the address are told: both may hold a password
        code = getattr(error, "error_code", None) or type(error).__name__
        raise Stopped(
            f"--mlflow: the tracking server took no run ({code}): check its address, then run the same command again"
        ) from None


def _logged(client: Any, summary: Summary, study: Mapping[str, Any], out: Path) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = found.experiment_id if found is not None else client.create_experiment(EXPERIMENT)
    run_id: str = client.create_run(experiment, tags=_tags(summary), run_name=_run_name(summary)).info.run_id
    state = "FAILED"
    try:
        for name, value in _params(study):
            client.log_param(run_id, name, value)
        for name, number in _metrics(summary):
            client.log_metric(run_id, name, number)
        for name in ARTEFACTS:
            client.log_artifact(run_id, str(out / name))
        state = "FINISHED"
    finally:
        client.set_terminated(run_id, state)
    return run_id


def _run_name(summary: Summary) -> str:
    return f"{summary.verdict.generator}, {summary.verdict.classifier}, {summary.verdict.regime}"


def _tags(summary: Summary) -> dict[str, str]:
    method = summary.method
    return {
        "verdict": summary.verdict.outcome,
        "method version": method.version,
        "declaration": method.declared.config_sha256,
        "declared after scores": str(method.declared.changed_after_scores).lower(),
    }


def _params(value: Any, before: str = "study") -> Iterator[tuple[str, str]]:
    """Yield a configuration leaf by leaf; lists are JSON, cut where MLflow has no room."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _params(inner, f"{before}.{name}")
    else:
        told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield _key(before), told[:MOST_CHARACTERS]


def _metrics(summary: Summary) -> Iterator[tuple[str, float]]:
    """Yield the estimates of the primary cell and metric, with their intervals."""
    verdict = summary.verdict
    metric, _, threshold = verdict.primary_metric.partition("@")
    for e in summary.estimates:
        mine = (e.generator, e.classifier, e.regime, e.metric, e.threshold)
        if mine == (verdict.generator, verdict.classifier, verdict.regime, metric, threshold or None):
            for name, number in (("value", e.value), ("low", e.low), ("high", e.high)):
                if number is not None:
                    yield f"{_key(e.contrast)}/{name}", number


def _key(name: str) -> str:
    """Spell a name as MLflow takes it, on any platform.

    >>> _key("real+synthetic - replicated")
    'real and synthetic - replicated'
    """
    return _UNKNOWN.sub("_", name.replace("+", " and "))[:200]
