"""Charts of the primary cell: each takes a Summary and returns an SVG with its table; none computes a result.

The only sums made here place bars end to end. Foreign text enters vega as data, already spelled out, and is cut by
pixels (the table has it in full). None: there is nothing to draw, and the page says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.report.canvas import Frame, Row, bars, connectors, dots, draw, texts, upright, whiskers
from synthlift.report.cells import (
    find_estimate,
    floor_in_sight,
    in_doubt,
    is_ladder_doubted,
    primary_ladder,
    primary_metric,
    primary_scores,
)
from synthlift.report.display import DASH, count, gain, interval, percent, score
from synthlift.report.summary import Ladder, Score, Summary, Volume
from synthlift.report.wording import CONDITIONS, IN_DOUBT, PARTS, ROLES, TREATMENT, Part, condition_role

__all__ = [
    "Chart",
    "conditions_chart",
    "ladder_chart",
    "threshold_chart",
    "verdict_chart",
    "volume_chart",
]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart for the page.

    Attributes
    ----------
    title : str
        What it shows, or what the numbers answer.
    svg : str
    description : str
        Its text alternative.
    header, rows : tuple of str, tuple of tuple of str
        Its table: the same numbers, as text.
    """

    title: str
    svg: str
    description: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def verdict_chart(summary: Summary) -> Chart | None:
    """Draw the interval of the verdict against no gain and the smallest gain worth having."""
    verdict = summary.verdict
    if verdict.value is None:
        return None
    title = "How large is the gain, and how sure is it?"
    limits = interval(verdict.low, verdict.high, signed=True)
    against = verdict.against or "its control"
    description = (
        f"Gain of real+synthetic over {against}: {gain(verdict.value)}, interval {limits}; "
        f"the smallest gain worth having is {gain(verdict.delta)}."
    )
    rows = [Row("", "", "treatment", value=verdict.value, low=verdict.low, high=verdict.high)]
    frame = Frame(axis=f"gain in {primary_metric(verdict)[0]}", ticks=4, left=20, plot=310, right=20)
    layers = [
        *upright(0, frame, 1, paint="ink"),
        *upright(verdict.delta, frame, 1, paint="muted", dash=(4, 3)),
        *upright(-verdict.delta, frame, 1, paint="muted", dash=(4, 3)),
        *whiskers(rows, frame),
        *dots(rows, frame),
    ]
    svg = draw(layers, frame, 1, key="verdict", title=title, description=description)
    header = ("Against", "Gain", f"{percent(verdict.confidence)} interval", "Smallest gain worth having")
    return Chart(title, svg, description, header, ((against, gain(verdict.value), limits, gain(verdict.delta)),))


def conditions_chart(summary: Summary) -> Chart | None:
    """Draw the mean score of each condition of the primary cell with its interval."""
    scores = primary_scores(summary)
    if all(record.mean is None for record in scores):
        return None
    roles = [condition_role(record.condition, summary.verdict.controls) for record in scores]
    doubted = [in_doubt(summary, record, record.condition) for record in scores]
    rows = [_score_row(record, role, summary) for record, role in zip(scores, roles, strict=True)]
    metric = primary_metric(summary.verdict)[0]
    frame = Frame(axis=f"mean {metric}", names="training set", figures="mean [95 % interval]", is_gain=False)
    ranked = [role if not doubt else "" for role, doubt in zip(roles, doubted, strict=True)]
    title = _beside_the_best_control(scores, ranked) or f"Mean {metric} of each training set"
    described = "; ".join(f"{row.name} {row.figure}" for row in rows)
    description = f"Mean {metric} and interval by condition: {described}."
    start = next((r.mean for r in scores if r.condition == "real" and r.mean is not None), None)
    guide = [] if start is None else upright(start, frame, len(rows), paint="muted", dash=(2, 3))
    floor = floor_in_sight(summary)
    if floor is not None and floor.value is not None:
        guide = [*guide, *upright(floor.value, frame, len(rows), paint="reference", dash=(7, 4))]
    layers = [*guide, *whiskers(rows, frame), *dots(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="conditions", title=title, description=description)
    header = ("Condition", "Trained on", "Role", f"Mean {metric}", "95 % interval", "Note")
    table = tuple(
        (
            record.condition,
            CONDITIONS.get(record.condition, DASH),
            ROLES[role],
            score(record.mean),
            interval(record.low, record.high, signed=False),
            IN_DOUBT if doubt else record.reason or "",
        )
        for record, role, doubt in zip(scores, roles, doubted, strict=True)
    )
    return Chart(title, svg, description, header, table)


def _beside_the_best_control(scores: list[Score], roles: list[str]) -> str | None:
    """Say what the treatment and its best control reach, where both have a score."""
    treated = next((record.mean for record, role in zip(scores, roles, strict=True) if role == "treatment"), None)
    controls = [
        (record.mean, record.condition)
        for record, role in zip(scores, roles, strict=True)
        if role == "control" and record.mean is not None
    ]
    if treated is None or not controls:
        return None
    best, name = max(controls)
    return f"{TREATMENT} reaches {score(treated)}; the best of its controls, {name}, {score(best)}"


def _score_row(record: Score, role: str, summary: Summary) -> Row:
    """Place a score; one that is in doubt stands apart, as a mark like a reference's."""
    limits: str = interval(record.low, record.high, signed=False)
    if in_doubt(summary, record, record.condition):
        limits, role = IN_DOUBT, "reference"
    figure = score(record.mean) if limits == DASH else f"{score(record.mean)} {limits}"
    if record.mean is None and record.reason:
        figure = f"{DASH} {record.reason}"
    return Row(record.condition, figure, role, value=record.mean, low=record.low, high=record.high)


def ladder_chart(summary: Summary) -> Chart | None:
    """Draw the parts of the gain end to end, with their total and the ceiling."""
    ladder = primary_ladder(summary)
    if ladder is None:
        return None
    parts = [part for part in PARTS if _is_shown(part, ladder)]
    spans = _spans(ladder)
    rows = [_part_row(part, ladder, spans[part.field]) for part in parts]
    if all(row.start is None for row in rows):
        return None
    metric = primary_metric(summary.verdict)[0]
    frame = Frame(axis=f"{metric} gained over the real documents alone", names="part of the gain", figures="gain")
    is_doubted = is_ladder_doubted(summary, ladder)
    title = "The gain in parts, some of which are in doubt" if is_doubted else _owed_to_text(ladder)
    described = "; ".join(f"{row.name} {row.figure}" for row in rows)
    description = f"Parts of the gain in {metric}, end to end: {described}."
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*connectors(rows, frame), *bars(rows, frame), *zero, *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="ladder", title=title, description=description)
    header = ("Part", "What it is", "Gain", "95 % interval", "Measured by", "Note")
    table = tuple(_part_cells(part, ladder, summary) for part in parts)
    return Chart(title, svg, description, header, table)


def _is_shown(part: Part, ladder: Ladder) -> bool:
    """Content is shown whole only where its two parts are not both known."""
    return part.field != "content" or ladder.label_mix is None or ladder.text is None


def _spans(ladder: Ladder) -> dict[str, tuple[float, float] | None]:
    """Where each part begins and ends: forwards from zero, and backwards from the total where a part is unknown."""

    def span(start: float | None, size: float | None) -> tuple[float, float] | None:
        return None if start is None or size is None else (start, start + size)

    total, content, text = ladder.total, ladder.content, ladder.text
    before_content = None if total is None or content is None else total - content
    return {
        "steps": span(0.0, ladder.steps),
        "resampling": span(ladder.steps, ladder.resampling),
        "label_mix": span(before_content, ladder.label_mix),
        "text": span(None if total is None or text is None else total - text, text),
        "content": span(before_content, content),
        "total": span(0.0, total),
        "ceiling": span(before_content, ladder.ceiling),
    }


def _owed_to_text(ladder: Ladder) -> str:
    """Say how much of the gain the text gives, with the label mix where the two cannot be parted."""
    owed, what = (ladder.content, "label mix and new text") if ladder.text is None else (ladder.text, "new text")
    if ladder.total is None or owed is None:
        return "The gain in parts, as far as they are known"
    return f"Of a gain of {gain(ladder.total)}, {gain(owed)} comes from {what}"


_PART_ROLES = {"label_mix": "alternative", "text": "treatment", "content": "treatment", "total": "baseline"}


def _part_row(part: Part, ladder: Ladder, span: tuple[float, float] | None) -> Row:
    value, why = _part_value(part, ladder)
    role = "reference" if part.field == "ceiling" else _PART_ROLES.get(part.field, "control")
    start, end = span or (None, None)
    return Row(part.name, f"{gain(value)} (see note)" if why else gain(value), role, start=start, end=end)


def _part_value(part: Part, ladder: Ladder) -> tuple[float | None, str]:
    """Value of a part, and the reason where it is null or, by that reason, nothing."""
    value: float | None = getattr(ladder, part.field)
    return value, (ladder.reason or "") if value is None or value == 0 else ""


def _part_cells(part: Part, ladder: Ladder, summary: Summary) -> tuple[str, ...]:
    value, why = _part_value(part, ladder)
    wanted = primary_metric(summary.verdict)
    found = find_estimate(summary.estimates, ladder, part.contrast, wanted)
    if part.field == "resampling" and (found is None or found.value is None):
        # real+steps does not apply, and is `real`
        found = find_estimate(summary.estimates, ladder, "replicated - real", wanted)
    limits = DASH if found is None else interval(found.low, found.high, signed=True)
    return (part.name, part.meaning, gain(value), limits, part.contrast if found is None else found.contrast, why)


def threshold_chart(summary: Summary) -> Chart | None:
    """Draw, for each condition, the score at the tuned cut-off beside the one at 0.5."""
    tuned = {record.condition: record for record in primary_scores(summary, "tuned")}
    fixed = {record.condition: record for record in primary_scores(summary, "fixed")}
    both = [(tuned[name], fixed[name]) for name in tuned if name in fixed]
    if all(one.mean is None or other.mean is None for one, other in both):
        return None
    controls = summary.verdict.controls
    at_tuned, at_fixed = [], []
    for one, other in both:
        role = condition_role(one.condition, controls)
        figure = f"{score(one.mean)} · {score(other.mean)}"
        known = one.mean is not None and other.mean is not None
        low, high = (other.mean, one.mean) if known else (None, None)
        at_tuned.append(Row(one.condition, figure, "treatment" if role == "treatment" else "control", one.mean))
        at_fixed.append(Row(one.condition, figure, "reference", other.mean, low, high))
    metric = primary_metric(summary.verdict)[0]
    frame = Frame(axis=f"mean {metric}", names="training set", figures="tuned · at 0.5", is_gain=False)
    title = "; ".join(
        f"{row.name}: {score(one.mean)} at the tuned cut-off, {score(other.mean)} at 0.5"
        for row, (one, other) in zip(at_tuned, both, strict=True)
        if row.role == "treatment"
    ) or f"Mean {metric} at the tuned cut-off and at 0.5"  # fmt: skip
    described = "; ".join(f"{row.name} {row.figure}" for row in at_tuned)
    description = f"Mean {metric} at the tuned cut-off and at 0.5: {described}."
    layers = [*whiskers(at_fixed, frame), *dots(at_fixed, frame), *dots(at_tuned, frame), *texts(at_tuned, frame)]
    svg = draw(layers, frame, len(both), key="threshold", title=title, description=description)
    table = tuple(
        (one.condition, score(one.mean), score(other.mean), one.reason or other.reason or "") for one, other in both
    )
    return Chart(title, svg, description, ("Condition", "Tuned cut-off", "Cut-off 0.5", "Note"), table)


def volume_chart(summary: Summary) -> Chart | None:
    """Draw the documents that each generator was asked for, and how many were kept."""
    records = summary.volume
    if all(record.requested == 0 for record in records):
        return None
    names = [record.generator for record in records]
    figures = [f"{count(record.kept)} of {count(record.requested)}" for record in records]
    asked = [
        Row(name, figure, "reference", start=0, end=record.requested)
        for name, figure, record in zip(names, figures, records, strict=True)
    ]
    kept = [Row(r.generator, "", "control", start=0, end=r.kept) for r in records]
    marks = [Row("", "", "baseline", value=record.effective) for record in records]
    frame = Frame(
        axis="synthetic documents",
        names="generator",
        figures="kept of requested",
        is_gain=False,
        is_count=True,
        left=250,
        right=150,
    )
    title = "Documents kept of those requested, by generator"
    described = "; ".join(f"{name} {figure}" for name, figure in zip(names, figures, strict=True))
    description = f"Synthetic documents kept of those requested: {described}."
    layers = [*bars(asked, frame), *bars(kept, frame), *dots(marks, frame), *texts(asked, frame)]
    svg = draw(layers, frame, len(records), key="volume", title=title, description=description)
    header = ("Generator", "Requested", "Kept", "Effective", "Dropped, by reason", "Note")
    return Chart(title, svg, description, header, tuple(_volume_cells(record) for record in records))


def _volume_cells(record: Volume) -> tuple[str, ...]:
    dropped = ", ".join(f"{reason} {count(n)}" for reason, n in record.dropped.items())
    figures = (count(record.requested), count(record.kept), count(record.effective))
    return (record.generator, *figures, dropped or "none", record.reason or "")
