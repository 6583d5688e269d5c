"""What a run folder says of each document before the trials: one row each, and synthetic ones beside their nearest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthlift.corpus.spreadsheet import spreadsheet_csv
from synthlift.storage.files import write_atomic
from synthlift.storage.ledger import Ledger
from synthlift.study.facts import DocumentRow
from synthlift.study.preparation import Prepared
from synthlift.study.side_by_side import nearest_pairs

__all__ = ["write_documents"]


def write_documents(ledger: Ledger, prepared: Prepared, out: Path) -> None:
    """Write ``documents.csv`` and ``artefacts/nearest_pairs.json``."""
    rows = spreadsheet_csv(DocumentRow._fields, _agreeing(prepared, ledger.get("label_agreement")))
    write_atomic(out / "documents.csv", rows)
    pairs = nearest_pairs(prepared.workload, prepared.documents)
    write_atomic(out / "artefacts" / "nearest_pairs.json", json.dumps(pairs, sort_keys=True).encode() + b"\n")


def _agreeing(prepared: Prepared, agreement: Any) -> Iterator[DocumentRow]:
    """Yield the rows of documents.csv with the label agreement that was measured of kept documents."""
    measured = {
        identity: value
        for name, source in prepared.workload.sources.items()
        for identity, value in zip(source.corpus.ids, (agreement or {}).get(name, ()), strict=False)
    }
    for row in prepared.documents:
        agrees = measured.get(row.id) if row.kept == "yes" else None
        yield row if agrees is None else row._replace(label_agreement=f"{agrees:.3f}")
