"""Tables of the report: records of a Summary as text, in its order; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from synthlift.report.cells import primary_contrasts
from synthlift.report.display import DASH, count, gain, interval, is_figure, p_value, score
from synthlift.report.summary import Cell, Estimate, MinimumDetectableEffect, Record, Summary
from synthlift.report.wording import PARTS, TREATMENT

__all__ = [
    "Table",
    "all_tables",
    "contrasts_table",
]


@dataclass(frozen=True, slots=True)
class Table:
    """A caption, a header and rows of text; columns that are empty in every row are left out.

    >>> Table.of("Scores", ("Name", "F1", "Note"), [("knn", "0.31", "")]).header
    ('Name', 'F1')
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, caption: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
        """Make a table without its empty columns."""
        listed = list(rows)
        kept = [i for i in range(len(header)) if any(row[i] for row in listed)]
        return cls(caption, tuple(header[i] for i in kept), tuple(tuple(row[i] for i in kept) for row in listed))

    @property
    def kinds(self) -> tuple[str, ...]:
        """How each column is set: ``figure``, or by its longest cell ``short`` (one line), ``text``, ``long``."""
        return tuple(_kind([row[i] for row in self.rows]) for i in range(len(self.header)))


def _kind(cells: list[str]) -> str:
    if all(is_figure(cell) or not cell for cell in cells):
        return "figure"
    longest = max(len(cell) for cell in cells)
    return "short" if longest <= 14 else "text" if longest <= 32 else "long"


def contrasts_table(summary: Summary) -> Table:
    """Compare the treatment with each condition of the primary cell."""
    header = (
        "Against", "Gain", "95 % interval", "Interval is", "p", "q", "Minimum detectable effect", "Note"
    )  # fmt: skip
    rows = []
    for record in primary_contrasts(summary):
        effect = _detectable(record, summary.minimum_detectable_effect)
        reasons = [record.reason, None if effect is None else effect.reason]
        rows.append((
            record.contrast.removeprefix(f"{TREATMENT} - "),
            gain(record.value),
            interval(record.low, record.high, signed=True),
            _lies(record),
            p_value(record.p),
            p_value(record.q),
            "" if effect is None else score(effect.value),
            "; ".join(dict.fromkeys(reason for reason in reasons if reason)),
        ))  # fmt: skip
    return Table.of("Gain of real+synthetic over each other training set", header, rows)


def _detectable(record: Estimate, effects: Iterable[MinimumDetectableEffect]) -> MinimumDetectableEffect | None:
    cell = _cell_key(record)
    return next((e for e in effects if e.contrast == record.contrast and _cell_key(e) == cell), None)


def _cell_key(record: Cell) -> tuple[str | None, str, str]:
    return record.generator, record.classifier, record.regime


def _lies(record: Estimate) -> str:
    """Say in words where an interval lies."""
    if record.low is None or record.high is None:
        return DASH
    if record.low > 0:
        return "above\N{NO-BREAK SPACE}zero"
    return "below\N{NO-BREAK SPACE}zero" if record.high < 0 else "around\N{NO-BREAK SPACE}zero"


_CELL = ("Generator", "Classifier", "Regime", "Real", "Synthetic")


def _cell(record: Cell) -> tuple[str, ...]:
    """Spell the cell of a record; a null generator or volume is a dash."""
    synthetic = count(record.n_synthetic)
    if record.n_synthetic_range is not None:
        least, most = record.n_synthetic_range
        synthetic = synthetic if least == most else f"{count(least)} to {count(most)}"
    return record.generator or DASH, record.classifier, record.regime, count(record.n_real), synthetic


def _note(record: Record) -> str:
    return record.reason or ""


def all_tables(summary: Summary) -> list[Table]:
    """List every record of the Summary that the page shows only on demand, one table a kind, without empty ones."""
    made = (_scores(summary), _estimates(summary), _ladders(summary), _effects(summary), _labels(summary))
    return [table for table in (*made, _fidelity(summary), _floors(summary)) if table.rows]


def _scores(summary: Summary) -> Table:
    header = ("Condition", *_CELL, "Metric", "Cut-off", "Mean", "95 % interval", "Note")
    rows = (
        (
            r.condition, *_cell(r), r.metric, r.threshold or "", score(r.mean),
            interval(r.low, r.high, signed=False), _note(r),
        )
        for r in summary.scores
    )  # fmt: skip
    return Table.of("All scores", header, rows)


def _estimates(summary: Summary) -> Table:
    header = (
        "Contrast", *_CELL, "Metric", "Cut-off", "Value", "95 % interval", "p", "q", "Replicates", "Test documents",
        "Method", "Note",
    )  # fmt: skip
    rows = (
        (
            r.contrast, *_cell(r), r.metric, r.threshold or "", gain(r.value), interval(r.low, r.high, signed=True),
            p_value(r.p), p_value(r.q), count(r.n_replicates), count(r.n_test_documents), r.method, _note(r),
        )
        for r in summary.estimates
    )  # fmt: skip
    return Table.of("All contrasts", header, rows)


def _ladders(summary: Summary) -> Table:
    header = (
        "Generator",
        "Classifier",
        "Regime",
        *(part.name for part in PARTS),
        "Share of ceiling",
        "Interval",
        "Note",
    )
    rows = (
        (
            *_cell(r)[:3], *(gain(getattr(r, part.field)) for part in PARTS), score(r.share_of_ceiling),
            interval(r.share_low, r.share_high, signed=False), _note(r),
        )
        for r in summary.ladder
    )  # fmt: skip
    return Table.of("Parts of the gain, every cell", header, rows)


def _effects(summary: Summary) -> Table:
    header = ("Contrast", *_CELL, "Detectable effect", "Power", "Replicates", "Test documents", "Note")
    rows = (
        (
            r.contrast, *_cell(r), score(r.value), score(r.power), count(r.n_replicates),
            count(r.n_test_documents), _note(r),
        )
        for r in summary.minimum_detectable_effect
    )  # fmt: skip
    return Table.of("Minimum detectable effects", header, rows)


def _labels(summary: Summary) -> Table:
    header = (
        "Label", "Generator", "Classifier", "Regime", "Contrast", "Train positives", "Test positives", "Gain", "Pooled",
        "95 % interval", "p", "q", "Note",
    )  # fmt: skip
    rows = (
        (
            r.label, *_cell(r)[:3], r.contrast, count(r.support_train), count(r.support_test), gain(r.value),
            gain(r.shrunk), interval(r.low, r.high, signed=True), p_value(r.p), p_value(r.q), _note(r),
        )
        for r in summary.labels
    )  # fmt: skip
    return Table.of("Gain in F1 by label", header, rows)


def _fidelity(summary: Summary) -> Table:
    header = (
        "Measure", "Representation", "Generator", "Label set", "Value", "Interval", "p", "Floor", "Ceiling",
        "Documents", "Note",
    )  # fmt: skip
    rows = (
        (
            r.measure, r.representation, r.generator, r.label_set or "", score(r.value),
            interval(r.low, r.high, signed=False), p_value(r.p), score(r.floor), score(r.ceiling), count(r.n), _note(r),
        )
        for r in summary.fidelity
    )  # fmt: skip
    return Table.of("Likeness of synthetic and held-out real documents", header, rows)


def _floors(summary: Summary) -> Table:
    rows = ((r.name, r.metric, r.threshold or "", score(r.value), _note(r)) for r in summary.floors)
    return Table.of("Scores that need no learning", ("Rule", "Metric", "Cut-off", "Value", "Note"), rows)
