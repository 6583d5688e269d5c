"""Every record of a Summary that the page shows only on demand, folded by kind and by cell; nothing is computed.

The primary cell is listed whole. Of the others, of which there may be dozens, the page has the means of all scores and
the contrasts of the primary metric: the rest would be megabytes that nobody reads, and is in summary.json.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from synthlift.report.cells import cell_names, in_cell, labels_of, primary_metric, rank, same_cell
from synthlift.report.check_tables import check_tables
from synthlift.report.display import DASH, count, gain, interval, p_value, score
from synthlift.report.leakage_chart import keywords_table, leakage_table
from synthlift.report.mixing_chart import mixing_table
from synthlift.report.numerics_chart import numerics_table
from synthlift.report.retrieval_chart import index_table, representation_table
from synthlift.report.summary import Cell, Estimate, Score, Summary
from synthlift.report.tables import CELL, Table, cell_figures

__all__ = ["Fold", "all_folds"]

_SCORES_NOTE = "The declared cell is listed whole, the others by their means: their intervals are in summary.json."
_CONTRASTS_NOTE = "The declared cell is listed whole, the others for the primary metric: the rest is in summary.json."


@dataclass(frozen=True, slots=True)
class Fold:
    """What opens under a caption: a table, or further folds, and a sentence about them."""

    caption: str
    table: Table | None = None
    folds: tuple[Fold, ...] = ()
    note: str = ""

    @property
    def size(self) -> int:
        """Rows of the table, or folds within."""
        return len(self.folds) if self.table is None else len(self.table.rows)


def all_folds(summary: Summary) -> list[Fold]:
    """List every kind of record once, without those of which there is none."""
    by_cell = [
        Fold("All scores", folds=tuple(_scores(summary)), note=_SCORES_NOTE),
        Fold("All contrasts", folds=tuple(_estimates(summary)), note=_CONTRASTS_NOTE),
    ]
    tables = (
        mixing_table(summary), leakage_table(summary), keywords_table(summary), numerics_table(summary),
        index_table(summary), representation_table(summary),
        _effects(summary), *check_tables(summary), _labels(summary),
        _fidelity(summary),
    )  # fmt: skip
    made = [*by_cell, *(Fold(table.caption, table) for table in tables)]
    return [fold for fold in made if fold.size]


def _named_cells(summary: Summary) -> list[tuple[str, Cell]]:
    """Name all cells; the primary one comes first."""
    named = list(zip(cell_names(summary.verdicts), summary.verdicts, strict=True))
    return sorted(named, key=lambda pair: not same_cell(pair[1], summary.verdict))


def _spelled(record: Score | Estimate) -> str:
    return record.metric if record.threshold is None else f"{record.metric}@{record.threshold}"


def _reasons(records: Iterable[Score]) -> str:
    return "; ".join(dict.fromkeys(record.reason for record in records if record.reason))


def _scores(summary: Summary) -> Iterable[Fold]:
    for name, cell in _named_cells(summary):
        records = [record for record in summary.scores if in_cell(record, cell)]
        if records:
            is_primary = same_cell(cell, summary.verdict)
            ordered = sorted(records, key=lambda r: rank(r.condition, summary))
            yield Fold(name, _whole(name, ordered) if is_primary else _means(name, ordered))


def _whole(name: str, records: list[Score]) -> Table:
    """List scores with intervals, metric by metric."""
    header = ("Condition", "Metric", "Cut-off", "Mean", "95 % interval", "Real", "Synthetic", "Note")
    spellings = list(dict.fromkeys(_spelled(record) for record in records))
    rows = (
        (
            r.condition, r.metric, r.threshold or "", score(r.mean), interval(r.low, r.high, signed=False),
            *cell_figures(r)[3:], r.reason or "",
        )
        for r in sorted(records, key=lambda r: spellings.index(_spelled(r)))
    )  # fmt: skip
    return Table.of(f"Scores of {name}", header, rows)


def _means(name: str, records: list[Score]) -> Table:
    """List mean scores: a row a condition, a column a metric."""
    spellings = list(dict.fromkeys(_spelled(record) for record in records))
    conditions = dict.fromkeys(record.condition for record in records)
    known = {(record.condition, _spelled(record)): record for record in records}
    rows = []
    for condition in conditions:
        found = [known.get((condition, spelling)) for spelling in spellings]
        means = [score(record.mean) if record is not None else DASH for record in found]
        rows.append((condition, *means, _reasons(r for r in found if r is not None and r.mean is None)))
    return Table.of(f"Mean scores of {name}", ("Condition", *spellings, "Note"), rows)


def _estimates(summary: Summary) -> Iterable[Fold]:
    wanted = primary_metric(summary.verdict)
    for name, cell in _named_cells(summary):
        is_primary = same_cell(cell, summary.verdict)
        records = [
            record
            for record in summary.estimates
            if in_cell(record, cell) and (is_primary or (record.metric, record.threshold) == wanted)
        ]
        if records:
            yield Fold(name, _contrasts(name, records))


def _contrasts(name: str, records: list[Estimate]) -> Table:
    header = (
        "Contrast", "Metric", "Cut-off", "Value", "95 % interval", "p", "q", "Could have found", "Replicates",
        "Test documents", "Method", "Note",
    )  # fmt: skip
    rows = (
        (
            r.contrast, r.metric, r.threshold or "", gain(r.value), interval(r.low, r.high, signed=True),
            p_value(r.p), p_value(r.q), score(r.detectable), count(r.n_replicates), count(r.n_test_documents), r.method,
            r.reason or "",
        )
        for r in records
    )  # fmt: skip
    return Table.of(f"Contrasts of {name}", header, rows)


def _effects(summary: Summary) -> Table:
    header = ("Contrast", *CELL, "Detectable effect", "Power", "Replicates", "Test documents", "Note")
    rows = (
        (
            r.contrast, *cell_figures(r), score(r.value), score(r.power), count(r.n_replicates),
            count(r.n_test_documents), r.reason or "",
        )
        for r in summary.minimum_detectable_effect
    )  # fmt: skip
    return Table.of("Minimum detectable effects, every cell", header, rows)


def _labels(summary: Summary) -> Table:
    """Set the pooled gains of each label side by side, a column a cell; the primary cell's table is in its section."""
    named = _named_cells(summary)
    pooled = {
        (record.label, i): record.shrunk
        for i, (_, cell) in enumerate(named)
        for record in labels_of(summary, cell)
        if record.shrunk is not None
    }
    labels = dict.fromkeys(label for label, _ in pooled)
    rows = ((label, *(gain(pooled.get((label, i))) for i in range(len(named)))) for label in labels)
    return Table.of("Pooled gain by label, every cell", ("Label", *(name for name, _ in named)), rows)


def _fidelity(summary: Summary) -> Table:
    header = (
        "Measure", "Representation", "Generator", "Label set", "Value", "Interval", "p", "Floor", "Ceiling",
        "Documents", "Note",
    )  # fmt: skip
    rows = (
        (
            r.measure, r.representation, r.generator, r.label_set or "", score(r.value),
            interval(r.low, r.high, signed=False), p_value(r.p), score(r.floor), score(r.ceiling), count(r.n),
            r.reason or "",
        )
        for r in summary.fidelity
    )  # fmt: skip
    return Table.of("Likeness and copying, every measure", header, rows)
