"""The synthetic texts nearest to training ones, beside these, for a reader to judge."""

from __future__ import annotations

from collections.abc import Sequence

from synthlift.study.facts import DocumentRow
from synthlift.study.workload import Workload

__all__ = ["Pair", "nearest_pairs"]

N_PAIRS = 8
MAX_CHARACTERS = 600
Pair = dict[str, str | float | list[str]]


def nearest_pairs(
    workload: Workload, documents: Sequence[DocumentRow], n_pairs: int = N_PAIRS
) -> dict[str, list[Pair]]:
    """Return each generator's kept documents that are nearest to a training one by cosine, as JSON, nearest first.

    Every training document and every synthetic text is shown once at most: eight children of one parent, or eight
    times the same text, tell a reader nothing more than one.

    Parameters
    ----------
    workload : Workload
    documents : sequence of DocumentRow
        With the nearest training document of each synthetic one.
    n_pairs : int
    """
    train = {document.id: document for document in workload.train}
    pairs: dict[str, list[Pair]] = {}
    for generator, source in workload.sources.items():
        own = {document.id: document for document in source.corpus}
        rows = [row for row in documents if row.kept == "yes" and row.generator == generator and row.id in own]
        seen: set[str] = set()
        pairs[generator] = []
        for row in sorted(rows, key=lambda row: -float(row.similarity)):
            synthetic, real = own[row.id], train[row.nearest_real]
            if real.id in seen or synthetic.text in seen:
                continue
            seen |= {real.id, synthetic.text}
            pairs[generator].append(
                {
                    "synthetic_id": synthetic.id,
                    "real_id": real.id,
                    "synthetic": _cut(synthetic.text),
                    "real": _cut(real.text),
                    "similarity": float(row.similarity),
                    "synthetic_labels": list(synthetic.labels),
                    "real_labels": list(real.labels),
                }
            )
            if len(pairs[generator]) == n_pairs:
                break
    return pairs


def _cut(text: str) -> str:
    """Return at most 600 characters, the last of which says that there were more."""
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
