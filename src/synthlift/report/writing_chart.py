"""How many texts were asked for, answered and kept, a row a generator; nothing is computed but where a bar begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from synthlift.report.canvas import Frame, Mark, Row, bars, draw, texts
from synthlift.report.display import count
from synthlift.report.plots import Chart
from synthlift.report.summary import Summary, WrittenBy
from synthlift.report.svg import line
from synthlift.report.writing_words import by_size, reason_words

__all__ = ["writing_chart"]

_TITLE = "How many of the texts that were asked for are used?"
_HEIGHT = 16
_NOTHING = Row("", "", "control")


def writing_chart(summary: Summary) -> Chart | None:
    """Draw what was kept, then what was dropped, reason by reason, on a bar of what was asked for."""
    records = summary.writing
    if all(record.n_asked == 0 for record in records):
        return None
    asked = [Row(r.generator, _figure(r), "reference", start=0, end=r.n_asked) for r in records]
    frame = Frame(
        axis="texts", names="generator", figures="kept of asked for · commonest loss", is_gain=False, is_count=True,
        left=210, plot=300, right=290,
    )  # fmt: skip
    described = "; ".join(f"{row.name} {row.figure}" for row in asked)
    description = f"Texts kept of those asked for, and the reason by which most others were lost: {described}."
    layers = bars(asked, frame, height=_HEIGHT)
    for pieces in zip_longest(*map(_pieces, records), fillvalue=_NOTHING):
        layers += [*bars(pieces, frame, height=_HEIGHT), *_edges(pieces, frame)]
    layers += texts(asked, frame)
    svg = draw(layers, frame, len(records), key="writing", title=_TITLE, description=description)
    header = ("Generator", "Asked for", "Answered", "Kept", "Not answered, by reason", "Dropped, by reason")
    return Chart(_TITLE, svg, description, header, tuple(_cells(record) for record in records))


def _figure(record: WrittenBy) -> str:
    lost = by_size([*record.unanswered.items(), *record.dropped.items()])
    told = f"{count(record.n_kept)} of {count(record.n_asked)}"
    return f"{told} · {lost[0][0]} {count(lost[0][1])}" if lost else told


def _pieces(record: WrittenBy) -> Iterator[Row]:
    """Yield the bar of the kept texts and, from where it ends, one for each reason to drop others."""
    end = record.n_kept
    yield Row("", "", "control", start=0, end=end)
    for _, n in by_size(record.dropped.items()):
        yield Row("", "", "alternative", start=end, end=end + n)
        end += n


def _edges(pieces: Sequence[Row], frame: Frame) -> list[Mark]:
    """Part each piece from the one before it."""
    return [
        _edge(piece.start, frame.row * (i + 0.5) - _HEIGHT / 2) for i, piece in enumerate(pieces) if piece.start
    ]  # fmt: skip


def _edge(x: float, top: float) -> Mark:
    return Mark((x,), lambda scale: line(scale(x), top - 1, scale(x), top + _HEIGHT + 1, "surface", 1.5))


def _cells(record: WrittenBy) -> tuple[str, ...]:
    figures = (count(record.n_asked), count(record.n_answered), count(record.n_kept))
    return (record.generator, *figures, _counted(record.unanswered), _counted(record.dropped))


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason_words(code)} {count(n)}" for code, n in by_size(reasons.items())) or "none"
