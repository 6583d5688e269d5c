"""Names of labels: what the gain is without them, drawn, listed and said; none computes a result."""

from __future__ import annotations

from synthlift.report.canvas import Frame, Row, dots, draw, texts, upright, whiskers
from synthlift.report.cells import in_doubt, primary_metric, same_cell
from synthlift.report.display import DASH, count, gain, interval, p_value, percent, percents
from synthlift.report.plots import Chart
from synthlift.report.summary import Leakage, Summary
from synthlift.report.tables import CELL, Table, cell_figures
from synthlift.report.wording import IN_DOUBT, TREATMENT

__all__ = ["keywords_table", "leakage_answer", "leakage_chart", "leakage_table", "leakage_told", "overlap_table"]

TITLE = "Does the gain hold without the names of the labels?"
CONTROL, MASKED = "replicated", "masked"
_GAIN, _GAIN_MASKED, _LOSS = f"{TREATMENT} - {CONTROL}", f"{MASKED} - {CONTROL}", f"{MASKED} - {TREATMENT}"
_ROWS = {
    (_GAIN, "all"): ("all test documents", "treatment"),
    (_GAIN, "without"): ("no name of its labels in it", "control"),
    (_GAIN, "with"): ("a name of a label in it", "reference"),
    (_GAIN_MASKED, "all"): ("all, trained without names", "alternative"),
}


def _primary(summary: Summary) -> dict[tuple[str, str], Leakage]:
    """Return the records of the primary cell, by contrast and documents."""
    return {(r.contrast, r.documents): r for r in summary.leakage if same_cell(r, summary.verdict)}


def _is_doubted(summary: Summary, record: Leakage) -> bool:
    return in_doubt(summary, record, *record.contrast.split(" - "))


def leakage_answer(summary: Summary) -> str:
    """Say whether the gain of the primary cell is more than names of labels."""
    found = _primary(summary)
    total, without, masked = (found.get(key) for key in ((_GAIN, "all"), (_GAIN, "without"), (_GAIN_MASKED, "all")))
    if total is None or total.low is None:
        return "This run cannot tell: it has no gain over copies to explain."
    if any(_is_doubted(summary, record) for record in found.values()):
        return "This run cannot tell: the numbers that it would rest on are in doubt."
    if total.low <= 0:
        return "There is no gain over copies of the real documents that would have to be explained."
    if summary.keyword_overlap and not any(record.value for record in summary.keyword_overlap):
        return (
            "This run cannot tell: no document of any kind has a word of a name of its labels. Where labels are codes, "
            "say what they mean with --descriptions."
        )
    told = [
        _held(without, "on test documents without any name of their labels"),
        _held(masked, "after training on synthetic text without any name of a label"),
    ]
    known = [sentence for sentence in told if sentence]
    return " ".join(known) or "This run cannot tell: too few test documents are without a name of their labels."


def _held(record: Leakage | None, where: str) -> str:
    """Say what is left of the gain in one place; nothing where it was not measured."""
    if record is None or record.value is None or record.low is None or record.high is None:
        return ""
    ends = f"{gain(record.value)} {interval(record.low, record.high, signed=True)}"
    if record.low > 0:
        return f"More than names: {where} there is a gain too, {ends}."
    if record.high < 0:
        return f"Only names, or worse: {where} the text does harm, {ends}."
    return f"Perhaps only names: {where} no gain is shown, {ends}."


def leakage_told(summary: Summary) -> str:
    """Name the generators whose prompts did not name the labels; empty without any."""
    unnamed = [record.generator for record in summary.writing if not record.label_names]
    if not unnamed:
        return ""
    return f"Prompts of {', '.join(unnamed)} described the labels without naming them."


def leakage_chart(summary: Summary) -> Chart | None:
    """Draw the gain over copies on all test documents, on those without names and with them, and of masked text."""
    found = _primary(summary)
    drawn = {key: found[key] for key in _ROWS if key in found and found[key].value is not None}
    if not drawn:
        return None
    metric = primary_metric(summary.verdict)[0]
    rows = [_row(*_ROWS[key], record, summary) for key, record in drawn.items()]
    frame = Frame(
        axis=f"gain in {metric} over copies of the real documents", names="test documents",
        figures="gain [95 % interval]", left=210, plot=360, right=216,
    )  # fmt: skip
    description = f"Gain in {metric} over copies of the real documents. " + "; ".join(
        f"{row.name}: {row.figure}" for row in rows
    )
    zero = upright(0, frame, len(rows), paint="ink")
    layers = [*zero, *whiskers(rows, frame), *dots(rows, frame), *texts(rows, frame)]
    svg = draw(layers, frame, len(rows), key="leakage", title=TITLE, description=f"{description}.")
    header = ("Contrast", "Test documents", "How many", "Gain", "95 % interval", "p", "Note")
    return Chart(TITLE, svg, f"{description}.", header, tuple(_figures(r, summary) for r in found.values()))


def _row(name: str, role: str, record: Leakage, summary: Summary) -> Row:
    doubt = _is_doubted(summary, record)
    beside = IN_DOUBT if doubt else interval(record.low, record.high, signed=True)
    return Row(
        name, f"{gain(record.value)} {beside}", "reference" if doubt else role,
        value=record.value, low=record.low, high=record.high,
    )  # fmt: skip


def _figures(record: Leakage, summary: Summary) -> tuple[str, ...]:
    documents = {"all": "all", "without": "no name of their labels", "with": "a name of a label"}[record.documents]
    return (
        record.contrast,
        documents,
        count(record.n_test_documents),
        gain(record.value),
        interval(record.low, record.high, signed=True),
        p_value(record.p),
        IN_DOUBT if _is_doubted(summary, record) else record.reason or "",
    )


def overlap_table(summary: Summary) -> Table:
    """List how often documents have a keyword of a label of theirs, real ones and those of each generator."""
    header = (
        "Documents", "How many", "With a keyword", "95 % interval", "Share beyond that of test documents",
        "Its 95 % interval", "Note",
    )  # fmt: skip
    names = {"train": "real, training", "test": "real, test"}
    rows = (
        (
            names.get(r.documents, r.generator or DASH), count(r.n), percent(r.value), percents(r.low, r.high),
            gain(r.difference), interval(r.difference_low, r.difference_high, signed=True),
            "" if r.generator is None and r.value is not None else r.reason or "",
        )
        for r in summary.keyword_overlap
    )  # fmt: skip
    return Table.of("Documents that name a label of theirs", header, rows)


def leakage_table(summary: Summary) -> Table:
    """List the gains of every cell: on all test documents, on those with and without names, and of masked texts."""
    header = ("Contrast", "Test documents", "How many", *CELL, "Gain", "95 % interval", "p", "Note")
    rows = []
    for record in summary.leakage:
        contrast, documents, n, *figures = _figures(record, summary)
        rows.append((contrast, documents, n, *cell_figures(record), *figures))
    return Table.of("Gains without the names of labels, every cell", header, rows)


def keywords_table(summary: Summary) -> Table:
    """List the words that name each label."""
    rows = ((r.label, ", ".join(r.words) or DASH, r.reason or "") for r in summary.label_keywords)
    return Table.of("Words that name each label", ("Label", "Keywords, in all their forms", "Note"), rows)
