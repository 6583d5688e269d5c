"""Searches on the page: the harm to an index beside the gain in classification, every record; nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence

from synthlift.report.cells import find_estimate, is_doubted, primary_metric, same_cell, shares_setting
from synthlift.report.display import count, gain, interval, p_value, score
from synthlift.report.plane import Plane
from synthlift.report.plots import Chart
from synthlift.report.scatter import Point, draw_points
from synthlift.report.summary import Estimate, RetrievalIndex, Summary
from synthlift.report.tables import Table, cell_figures
from synthlift.report.wording import IN_DOUBT, TREATMENT

__all__ = [
    "index_table",
    "representation_table",
    "retrieval_answer",
    "retrieval_chart",
    "retrieval_learnt",
    "retrieval_reasons",
]

NET = "replicated"


def _whole(summary: Summary) -> list[RetrievalIndex]:
    """Return, generator by generator, what all its texts do to an index, read strictly."""
    return [r for r in summary.retrieval_index if r.family is None and r.reading == "strict"]


def _gain(summary: Summary, generator: str) -> Estimate | None:
    """Return a generator's gain over copies, in the primary classifier, regime and metric."""
    cells = (cell for cell in summary.verdicts if shares_setting(cell, summary.verdict) and cell.generator == generator)
    cell = next(cells, None)
    wanted = primary_metric(summary.verdict)
    return None if cell is None else find_estimate(summary.estimates, cell, f"{TREATMENT} - {NET}", wanted)


def retrieval_answer(summary: Summary) -> str:
    """Say of how many generators the texts, put in an index of real documents, make a search worse or better."""
    known = [record for record in _whole(summary) if record.low is not None and record.high is not None]
    if not known:
        return "This run cannot tell: no change of a search has an interval"
    worse = [record for record in known if record.high is not None and record.high < 0.0]
    better = [record for record in known if record.low is not None and record.low > 0.0]
    if len(known) == 1:
        told = "worse" if worse else "better" if better else "neither better nor worse beyond what chance explains"
        return f"In an index of real documents these texts make a search {told}"
    parts = [f"worse with the texts of {count(len(worse))} of {count(len(known))} generators"]
    parts += [f"better with those of {count(len(better))}"] if better else []
    return f"In an index of real documents a search gets {', '.join(parts)}"


def retrieval_reasons(summary: Summary) -> list[str]:
    """Return why generators have no point, each reason once."""
    missing = []
    for record in _whole(summary):
        estimate = _gain(summary, record.generator)
        if record.difference is None:
            missing.append(record.reason or "")
        elif estimate is None or estimate.value is None:
            missing.append(f"no gain over {NET}" if estimate is None else estimate.reason or "")
    return list(dict.fromkeys(missing))


def _is_point(record: RetrievalIndex, estimate: Estimate | None) -> bool:
    return record.difference is not None and estimate is not None and estimate.value is not None


def retrieval_learnt(summary: Summary) -> list[str]:
    """Say, for the primary cell, how the vectors of the treatment's classifier rank beside those of `real`."""
    told = []
    for record in summary.retrieval_representation:
        if same_cell(record, summary.verdict) and record.condition == TREATMENT:
            if record.difference is None:
                told.append(f"What the classifier has learnt could not be searched with: {record.reason}.")
            else:
                ends = interval(record.low, record.high, signed=True)
                told.append(
                    f"Where documents are ranked by what the classifier of the declared cell makes of them, training "
                    f"with the texts changes nDCG@10 by {gain(record.difference)} {ends}."
                )
    return told


def retrieval_chart(summary: Summary) -> Chart | None:
    """Draw each generator where its gain in classification and its change of a search meet."""
    pairs = [(record, _gain(summary, record.generator)) for record in _whole(summary)]
    points = [_point(summary, r, e) for r, e in pairs if e is not None and _is_point(r, e)]
    if not points:
        return None
    metric = primary_metric(summary.verdict)[0]
    plane = Plane(f"gain in {metric} over {NET}", "change of nDCG@10, synthetic documents being no answers")
    title = retrieval_answer(summary)
    described = "; ".join(f"{p.name}: gain {gain(p.x)}, nDCG@10 {gain(p.y)}" for p in points)
    description = f"Gain in {metric} over {NET}, and change of nDCG@10, by generator: {described}."
    svg = draw_points(points, plane, key="retrieval", title=title, description=description)
    header = (
        "Generator", f"Gain in {metric} over {NET}", "95 % interval", "nDCG@10 of real documents",
        "With synthetic ones", "Change", "Its 95 % interval", "Real documents", "Synthetic ones", "Note",
    )  # fmt: skip
    return Chart(title, svg, description, header, tuple(_row(summary, *pair) for pair in pairs))


def _point(summary: Summary, record: RetrievalIndex, estimate: Estimate) -> Point:
    is_primary = same_cell(estimate, summary.verdict)
    role = "reference" if is_doubted(summary, estimate) else "treatment" if is_primary else "control"
    ends = [(one.low, one.high) if one.low is not None and one.high is not None else None for one in (estimate, record)]
    return Point(record.generator, role, estimate.value or 0.0, record.difference or 0.0, *ends)


def _row(summary: Summary, record: RetrievalIndex, estimate: Estimate | None) -> tuple[str, ...]:
    value, low, high = (None, None, None) if estimate is None else (estimate.value, estimate.low, estimate.high)
    reasons = [one.reason for one in (record, estimate) if one is not None and one.reason]
    notes = [IN_DOUBT] if estimate is not None and is_doubted(summary, estimate) else reasons
    return (
        record.generator,
        gain(value),
        interval(low, high, signed=True),
        score(record.real),
        score(record.mixed),
        gain(record.difference),
        interval(record.low, record.high, signed=True),
        count(record.n_documents),
        count(record.n_added),
        "; ".join(dict.fromkeys(notes)),
    )


def index_table(summary: Summary) -> Table:
    """List every change of an index: each generator, whole and by prompt family, in both readings."""
    header = (
        "Generator", "Prompt family", "Synthetic hits", "nDCG@10 of real documents", "With synthetic ones", "Change",
        "95 % interval", "p, these rankings only", "Real documents", "Synthetic ones", "Queries", "Left out", "Note",
    )  # fmt: skip
    rows = [
        (
            r.generator, _family(r), _READINGS[r.reading], score(r.real), score(r.mixed), gain(r.difference),
            interval(r.low, r.high, signed=True), p_value(r.p), count(r.n_documents), count(r.n_added),
            count(r.n_queries), count(r.n_queries_left_out), r.reason or "",
        )
        for r in summary.retrieval_index
    ]  # fmt: skip
    return Table.of("Searches with synthetic documents in the index", header, rows)


_READINGS = {"strict": "no answers", "lenient": "as relevant as their labels"}


def _family(record: RetrievalIndex) -> str:
    return "all" if record.family is None else record.family or "unnamed"


def representation_table(summary: Summary) -> Table:
    """List how the vectors of every condition's classifier rank real documents, in every cell."""
    header = (
        "Condition", "Generator", "Classifier", "Regime", "nDCG@10", "Difference from real", "95 % interval", "p",
        "Replicates", "Documents", "Queries", "Left out", "Note",
    )  # fmt: skip
    rows: Sequence[tuple[str, ...]] = [
        (
            r.condition, *cell_figures(r)[:3], score(r.value), gain(r.difference),
            interval(r.low, r.high, signed=True), p_value(r.p), count(r.n_replicates), count(r.n_documents),
            count(r.n_queries), count(r.n_queries_left_out), r.reason or "",
        )
        for r in summary.retrieval_representation
    ]  # fmt: skip
    return Table.of("Searches by the vectors of each condition", header, rows)
