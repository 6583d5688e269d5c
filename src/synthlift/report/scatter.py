"""Points of two values each, named where they stand; in a crowd by pointing at them, and in the table.

As in `canvas`, everything is placed in pixels by known widths of letters: the picture does not depend on fonts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from synthlift.report.display import visible
from synthlift.report.lettering import shortened_inside, width
from synthlift.report.names import short_names
from synthlift.report.plane import Plane, Scales, draw_plane, scales_of
from synthlift.report.shapes import PAINT, mark_of
from synthlift.report.svg import line, words

__all__ = ["Point", "draw_points"]

_WORD = 13  # font size
_BEYOND = 24  # pixels that a name may reach beyond the plane
_NAME, _SHORT_NAME = 190, 176  # pixels of a name, at most, among few points and among many
_FEW = 6
_WIDER = 1.16  # the page's font may be wider than the one whose widths are known
_HALF = 8  # of a mark, and of a line of text
# of the middle of a name over its point
_RISES = (-18, 18, -36, 36, -54, 54, -72, 72, -90, 90, -108, 108)


@dataclass(frozen=True, slots=True)
class Point:
    """Two values with their intervals, and what stands there; `role` (of `wording.ROLES`) gives colour and shape."""

    name: str
    role: str
    x: float
    y: float
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None


Box = tuple[float, float, float, float]


def draw_points(points: Sequence[Point], plane: Plane, *, key: str, title: str, description: str) -> str:
    """Draw points, one or more, and their names where there is room for them; return the SVG for the page."""
    xs = [v for p in points for v in (p.x, *(p.x_ends or ()))]
    ys = [v for p in points for v in (p.y, *(p.y_ends or ()))]
    scales = scales_of(xs, ys, plane)
    at = [scales.place(p.x, p.y) for p in points]
    whiskers = [whisker for p in points for whisker in _whiskers(p, scales)]
    elements = [line(*box, PAINT[role], 1.5) for box, role in whiskers]
    elements += [_mark(point, *place) for point, place in zip(points, at, strict=True)]
    elements += _names(points, at, [box for box, _ in whiskers], plane)
    return draw_plane(elements, scales, plane, key=key, title=title, description=description)


def _mark(point: Point, x: float, y: float) -> ET.Element:
    """Return the mark of a point, which tells its whole name when it is pointed at."""
    mark = mark_of(point.role, x, y)
    ET.SubElement(mark, "title").text = visible(point.name)
    return mark


def _whiskers(point: Point, scales: Scales) -> Iterator[tuple[Box, str]]:
    """Yield where the intervals of a point lie, left to right and top to bottom, and their colour."""
    if point.x_ends is not None:
        (left, y), (right, _) = (scales.place(x, point.y) for x in point.x_ends)
        yield (left, y, right, y), point.role
    if point.y_ends is not None:
        (x, bottom), (_, top) = (scales.place(point.x, y) for y in point.y_ends)
        yield (x, top, x, bottom), point.role


@dataclass(frozen=True, slots=True)
class _Name:
    """A name where it is written, and the line to it from its point, where it stands apart."""

    text: ET.Element
    line: ET.Element | None

    @property
    def elements(self) -> list[ET.Element]:
        return [self.text] if self.line is None else [self.line, self.text]


def _names(
    points: Sequence[Point], at: Sequence[tuple[float, float]], lines: Sequence[Box], plane: Plane
) -> list[ET.Element]:
    """Write each name beside its point, clear of marks, lines and names; the table has those that find no room."""
    ways = (_written(points, at, lines, plane, close=close) for close in (False, True))
    return [element for name in max(ways, key=len) for element in name.elements]


def _written(
    points: Sequence[Point], at: Sequence[tuple[float, float]], lines: Sequence[Box], plane: Plane, *, close: bool
) -> list[_Name]:
    taken = [(left - _HALF, top - _HALF, left + _HALF, top + _HALF) for left, top in at]
    taken += [(left, top - 1, right, bottom + 1) for left, top, right, bottom in lines]
    names, written = [], list[Box]()
    middle = sorted(left for left, _ in at)[len(at) // 2]
    limit = _NAME if len(points) <= _FEW else _SHORT_NAME
    short = short_names([point.name for point in points])
    for point, (left, top) in zip(points, at, strict=True):
        is_bold = point.role == "treatment"
        name = shortened_inside(visible(short[point.name]), limit, _WORD, is_bold=is_bold)
        size = _WIDER * width(name, _WORD, is_bold=is_bold)
        for anchor, x, y in _places(left, top, rightwards=left >= middle, close=close):
            box, leader = _box(anchor, x, y, size), _leader(anchor, left, top, x, y)
            inside = (
                box[0] >= 0 and box[2] <= plane.x_pixels + _BEYOND and box[1] >= -_HALF and box[3] <= plane.y_pixels
            )
            if inside and not _meet([box], [*taken, *written]) and not _meet(leader, written):
                taken += leader
                written.append(box)
                drawn = line(left, top, x, y, "muted", 1) if leader else None
                names.append(_Name(words(name, x, y, "ink", _WORD, anchor, is_bold=is_bold), drawn))
                break
    return names


def _places(left: float, top: float, *, rightwards: bool, close: bool) -> Iterator[tuple[str, float, float]]:
    """Yield where the name of a point may stand, the best place first: anchor, x, and y of its middle.

    `close` prefers a place right above or below to one at the end of a line.
    """
    sides = [("start", 1), ("end", -1)] if rightwards else [("end", -1), ("start", 1)]
    beside = [(anchor, left + sign * 12, top) for anchor, sign in sides]
    above = [("middle", left, top - 18), ("middle", left, top + 18)]
    apart = [(anchor, left + sign * 20, top + rise) for rise in _RISES for anchor, sign in sides]
    yield from (*beside, *above, *apart) if close else (*beside, *apart, *above)


def _box(anchor: str, x: float, y: float, size: float) -> Box:
    start = {"start": x, "middle": x - size / 2, "end": x - size}[anchor]
    return start, y - _HALF, start + size, y + _HALF


def _leader(anchor: str, left: float, top: float, x: float, y: float) -> list[Box]:
    """Return what the line from a point to its name crosses; nothing where the name stands beside it."""
    if anchor == "middle" or y == top:
        return []
    at = [(left + (x - left) * i / 12, top + (y - top) * i / 12) for i in range(13)]
    return [(x - 1, y - 1, x + 1, y + 1) for x, y in at]


def _meet(boxes: Sequence[Box], others: Sequence[Box]) -> bool:
    return any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for a in boxes for b in others)
