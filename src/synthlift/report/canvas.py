"""The frame that every chart is drawn in: names at the left, marks in the middle, figures at the right.

Rows are placed in pixels and the margins are fixed, so the picture does not depend on how wide a font of this machine
is. A mark knows where it lies in values; the axis is made over all of them, and then each is placed on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isclose
from xml.etree import ElementTree as ET

from synthlift.report.axis import Kind, Scale, scale_over, tick_label
from synthlift.report.display import visible
from synthlift.report.lettering import shortened, shortened_inside
from synthlift.report.shapes import PAINT, mark_of, outlined
from synthlift.report.svg import line, path, picture, spelled, words

__all__ = [
    "Frame",
    "Mark",
    "Row",
    "bars",
    "connectors",
    "dots",
    "draw",
    "rings",
    "texts",
    "truths",
    "upright",
    "whiskers",
]

ROW = 30
_FITS = 0.86  # the page's font may be wider than the one whose widths are known
_HEADING, _LABEL, _WORD = 12, 12, 13  # font sizes
_BELOW = 46  # for the labels and the title of the axis


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on a chart: the values that it lies at, and how it is drawn where the axis puts them."""

    values: tuple[float, ...]
    place: Callable[[Scale], ET.Element]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chart: what is written beside it, and where its marks are (None: no mark).

    `role` (of `wording.ROLES`) gives colour and shape, so that neither is alone; `start` and `end` are a bar's, and
    `faint` is where the value stood before it was corrected.
    """

    name: str
    figure: str
    role: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    start: float | None = None
    end: float | None = None
    faint: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Sizes in pixels, the title of the axis, and the headings of the names and the figures."""

    axis: str
    names: str = ""
    figures: str = ""
    is_gain: bool = True
    is_count: bool = False
    is_share: bool = False
    ticks: int = 6
    left: int = 170
    plot: int = 400
    right: int = 216
    row: int = ROW


def draw(layers: Sequence[Mark], frame: Frame, n_rows: int, *, key: str, title: str, description: str) -> str:
    """Draw marks, the later ones on top, over their axis; return the SVG for the page."""
    values = [value for mark in layers for value in mark.values]
    is_positive = frame.is_count or frame.is_share  # so the axis does not begin below zero to leave some room
    scale = scale_over(values, frame.plot, frame.ticks, has_zero=frame.is_gain, is_positive=is_positive)
    top = 30 if frame.names else 10
    size = (frame.left + frame.plot + frame.right, top + frame.row * n_rows + _BELOW)
    elements = [*_axis(scale, frame, frame.row * n_rows), *(mark.place(scale) for mark in layers)]
    return picture(elements, *size, (frame.left, top), key, title, description)


def _axis(scale: Scale, frame: Frame, height: float) -> list[ET.Element]:
    """Draw an upright line and a label at each tick, and the title of the axis beneath."""
    lines = [line(x, 0, x, height, "rule", 1) for x in map(scale, scale.ticks)]
    labels = [
        words(_tick(tick, scale, frame), scale(tick), height + 8 + _LABEL / 2, "muted", _LABEL, "middle")
        for tick in scale.ticks
    ]
    return [*lines, *labels, words(frame.axis, frame.plot / 2, height + 36, "muted", _HEADING, "middle")]


def _tick(value: float, scale: Scale, frame: Frame) -> str:
    kind: Kind = "share" if frame.is_share else "count" if frame.is_count else "gain" if frame.is_gain else "score"
    return tick_label(value, scale, kind)


def _middle(i: int, frame: Frame) -> float:
    return frame.row * (i + 0.5)


def texts(rows: Sequence[Row], frame: Frame) -> list[Mark]:
    """Write names and figures beside the rows, each cut at its margin, under their headings."""
    columns = (
        (-14, "end", round(_FITS * (frame.left - 20)), frame.names, shortened_inside, [row.name for row in rows]),
        (
            frame.plot + 16,
            "start",
            round(_FITS * (frame.right - 18)),
            frame.figures,
            shortened,
            [row.figure for row in rows],
        ),
    )
    marks = []
    for x, anchor, limit, heading, cut, written in columns:
        if heading:
            marks.append(_fixed(words(shortened(heading, limit, _HEADING), x, -14, "muted", _HEADING, anchor)))
        for i, (row, word) in enumerate(zip(rows, written, strict=True)):
            is_bold = row.role == "treatment"
            shown = cut(visible(word), limit, _WORD, is_bold=is_bold)
            if shown:
                marks.append(_fixed(words(shown, x, _middle(i, frame), "ink", _WORD, anchor, is_bold=is_bold)))
    return marks


def _fixed(element: ET.Element) -> Mark:
    return Mark((), lambda _: element)


def whiskers(rows: Sequence[Row], frame: Frame) -> list[Mark]:
    """Draw the interval of each row that has one."""
    return [
        _across(row.low, row.high, _middle(i, frame), PAINT[row.role])
        for i, row in enumerate(rows)
        if row.low is not None and row.high is not None
    ]


def _across(low: float, high: float, y: float, colour: str) -> Mark:
    return Mark((low, high), lambda scale: line(scale(low), y, scale(high), y, colour, 3, stroke_linecap="round"))


def dots(rows: Sequence[Row], frame: Frame) -> list[Mark]:
    """Draw the value of each row that has one, in the colour and the shape of its role."""
    return [_of_role(row.value, _middle(i, frame), row.role) for i, row in enumerate(rows) if row.value is not None]


def _of_role(value: float, y: float, role: str) -> Mark:
    return Mark((value,), lambda scale: mark_of(role, scale(value), y))


def _at(value: float, y: float, shape: str, fill: str, colour: str, width: float) -> Mark:
    return Mark((value,), lambda scale: outlined(shape, fill, colour, width, scale(value), y))


def rings(rows: Sequence[Row], frame: Frame) -> list[Mark]:
    """Draw a small faint ring where the value of each row stood before it was corrected."""
    return [
        _at(row.faint, _middle(i, frame), "ring", "surface", "reference", 1.25)
        for i, row in enumerate(rows)
        if row.faint is not None
    ]


def truths(rows: Sequence[Row], frame: Frame) -> list[Mark]:
    """Draw a cross where the true value of each row lies, which `faint` holds."""
    return [
        _at(row.faint, _middle(i, frame), "cross", "surface", "ink", 2.5)
        for i, row in enumerate(rows)
        if row.faint is not None
    ]


def bars(rows: Sequence[Row], frame: Frame, *, height: int = 16) -> list[Mark]:
    """Draw a bar from `start` to `end`; references are outlined, and a bar of no length is a tick."""
    marks = []
    for i, row in enumerate(rows):
        if row.start is not None and row.end is not None:
            fill = "surface" if row.role == "reference" else PAINT[row.role]
            marks.append(_bar((row.start, row.end), _middle(i, frame) - height / 2, height, fill, PAINT[row.role]))
    return marks


def _bar(ends: tuple[float, float], y: float, height: int, fill: str, colour: str) -> Mark:
    def placed(scale: Scale) -> ET.Element:
        left, right = sorted(map(scale, ends))
        d = f"M{spelled(left)},{spelled(y)}h{spelled(right - left)}v{height}h{spelled(left - right)}Z"
        return path(d, fill, colour, 1.5)

    return Mark(ends, placed)


def connectors(rows: Sequence[Row], frame: Frame, *, height: int = 16) -> list[Mark]:
    """Join the end of a bar to the bar of the next row that begins or ends there."""
    marks = []
    for i, (row, after) in enumerate(pairwise(rows)):
        end, edges = row.end, (after.start, after.end)
        if end is not None and any(edge is not None and isclose(edge, end, abs_tol=1e-9) for edge in edges):
            span = (_middle(i, frame) + height / 2, _middle(i + 1, frame) - height / 2)
            marks.append(_upright(end, span, "muted", 1, "2,2"))
    return marks


def upright(x: float, frame: Frame, n_rows: int, *, paint: str, dash: Sequence[int] = ()) -> list[Mark]:
    """Draw a line at `x` over all rows."""
    return [_upright(x, (0, frame.row * n_rows), paint, 1.5, ",".join(map(str, dash)))]


def _upright(x: float, span: tuple[float, float], colour: str, width: float, dash: str) -> Mark:
    look = {"stroke_dasharray": dash} if dash else {}
    return Mark((x,), lambda scale: line(scale(x), span[0], scale(x), span[1], colour, width, **look))
