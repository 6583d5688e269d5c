"""Write what people and programs read, from the run folder alone: summary.json, report.html and scores.parquet."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from synthlift.metrics.metric import Metric
from synthlift.report.analysis import analyse
from synthlift.report.evidence import Evidence
from synthlift.report.html import render
from synthlift.report.pairs import read_pairs
from synthlift.report.summary import Summary
from synthlift.report.summary_cells import Record
from synthlift.storage.files import write_atomic
from synthlift.storage.ledger import Ledger, TrialResult

__all__ = ["json_bytes", "publish"]

_BEYOND_ASCII = re.compile(r"[^\n -~]")


def publish(ledger: Ledger, out: Path) -> Summary:
    """Analyse a run and write its report; the same ledger and the same nearest pairs give the same bytes."""
    evidence = Evidence.load(ledger)
    summary = analyse(evidence)
    write_atomic(out / "summary.json", json_bytes(summary))
    write_atomic(out / "scores.parquet", _scores(evidence.recorded))
    write_atomic(out / "report.html", render(summary, read_pairs(out)))
    return summary


def json_bytes(record: Record) -> bytes:
    """Return a record as JSON: UTF-8, no NaN, keys in the schema's order, control and invisible characters escaped."""
    value = record.model_dump(mode="json", by_alias=True)
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    return _BEYOND_ASCII.sub(_escaped, text).encode() + b"\n"


def _escaped(found: re.Match[str]) -> str:
    """Spell what a terminal might obey (``--json`` prints these bytes) as JSON can."""
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


def _scores(results: Sequence[TrialResult]) -> bytes:
    """Return one row per trial and metric, in the order of the trials' names, as Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = [
        {
            **{name: result.spec[name] for name in ("condition", "generator", "classifier", "regime", "n_real")},
            "replicate": result.spec["replicate"],
            "metric": Metric.parse(score.metric).name,
            "threshold": Metric.parse(score.metric).threshold,
            "value": score.value,
            "reason": score.reason,
        }
        for result in sorted(results, key=lambda result: result.name)
        for score in result.scores
    ]
    fields = {"generator": pa.string(), "n_real": pa.int64(), "replicate": pa.int64(), "value": pa.float64()}
    names = ("condition", "generator", "classifier", "regime", "n_real", "replicate", "metric", "threshold", "value")
    schema = pa.schema([(name, fields.get(name, pa.string())) for name in (*names, "reason")])
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), sink)
    return bytes(sink.getvalue())
