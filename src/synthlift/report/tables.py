"""Tables that stand open on the page: records of a Summary as text; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from synthlift.report.cells import cell_names, is_doubted, is_ladder_doubted, primary_contrasts
from synthlift.report.display import DASH, Figure, count, gain, interval, is_figure, p_value, score, sort_key
from synthlift.report.summary import Cell, Summary
from synthlift.report.wording import FLOORS, IN_DOUBT, PARTS, ROLES, TREATMENT, condition_role

__all__ = [
    "CELL",
    "Table",
    "cell_figures",
    "contrasts_table",
    "floors_table",
    "ladder_notes",
    "ladders_table",
    "lies",
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

    @property
    def sorts(self) -> bool:
        """Whether a reader may want to sort it: two rows or more, with numbers."""
        return len(self.rows) > 1 and any(sort_key(cell) for row in self.rows for cell in row)


def _kind(cells: list[str]) -> str:
    if all(is_figure(cell) or not cell for cell in cells):
        return "figure"
    longest = max(len(cell) for cell in cells)
    return "short" if longest <= 14 else "text" if longest <= 32 else "long"


CELL = ("Generator", "Classifier", "Regime", "Real", "Synthetic")


def cell_figures(record: Cell) -> tuple[str, ...]:
    """Spell the cell of a record as `CELL` heads it; a null generator or volume is a dash."""
    synthetic = count(record.n_synthetic)
    if record.n_synthetic_range is not None:
        least, most = record.n_synthetic_range
        synthetic = synthetic if least == most else Figure(f"{count(least)} to {count(most)}", least)
    return record.generator or DASH, record.classifier, record.regime, count(record.n_real), synthetic


def contrasts_table(summary: Summary) -> Table:
    """Compare the treatment with each condition of the primary cell."""
    header = ("Against", "Role", "Gain", "95 % interval", "Interval is", "Could have found", "p", "q", "Note")
    rows = []
    for record in primary_contrasts(summary):
        against = record.contrast.removeprefix(f"{TREATMENT} - ")
        rows.append((
            against,
            ROLES[condition_role(against, summary.verdict.controls)],
            gain(record.value),
            interval(record.low, record.high, signed=True),
            lies(record.low, record.high),
            score(record.detectable),
            p_value(record.p),
            p_value(record.q),
            IN_DOUBT if is_doubted(summary, record) else record.reason or "",
        ))  # fmt: skip
    return Table.of("Gain of real+synthetic over each other training set", header, rows)


def lies(low: float | None, high: float | None) -> str:
    """Say in words where an interval lies."""
    if low is None or high is None:
        return DASH
    if low > 0:
        return "above\N{NO-BREAK SPACE}zero"
    return "below\N{NO-BREAK SPACE}zero" if high < 0 else "around\N{NO-BREAK SPACE}zero"


def ladders_table(summary: Summary) -> Table:
    """Take the gain of every cell apart: the parts, which sum to the total, and the ceiling."""
    unparted = any(r.label_mix is None or r.text is None for r in summary.ladder)
    parts = [part for part in PARTS if part.field != "content" or unparted]
    header = ("Generator", "Classifier", "Regime", *(p.name for p in parts), "Share of ceiling", "Interval", "Note")
    rows = (
        (
            *cell_figures(r)[:3], *(gain(getattr(r, part.field)) for part in parts), score(r.share_of_ceiling),
            interval(r.share_low, r.share_high, signed=False), IN_DOUBT if is_ladder_doubted(summary, r) else "",
        )
        for r in summary.ladder
    )  # fmt: skip
    return Table.of("Parts of the gain, every cell", header, rows)


def ladder_notes(summary: Summary) -> list[tuple[str, str]]:
    """Return each reason why a part is nothing or unknown, once, with the cells that it holds for."""
    found: dict[str, list[str]] = {}
    for record, name in zip(summary.ladder, cell_names(summary.ladder), strict=True):
        for reason in filter(None, (record.reason or "").split("; ")):
            found.setdefault(reason, []).append(name)
    return [(reason, ", ".join(names)) for reason, names in found.items()]


def floors_table(summary: Summary) -> Table:
    """Set the scores of rules that learn nothing beside what the rules do: a row a rule, a column a metric."""
    known = {(record.name, record.metric): record for record in summary.floors}
    names = list(dict.fromkeys(record.name for record in summary.floors))
    metrics = list(dict.fromkeys(record.metric for record in summary.floors))
    rows = []
    for name in names:
        found = [known.get((name, metric)) for metric in metrics]
        reasons = dict.fromkeys(record.reason for record in found if record is not None and record.reason)
        scores = [DASH if record is None else score(record.value) for record in found]
        rows.append((name, FLOORS.get(name, DASH), *scores, "; ".join(reasons)))
    return Table.of("What needs no learning", ("Rule", "What it does", *metrics, "Note"), rows)
