"""Points of two values each, named where they stand, between axes that both have a zero line.

As in `canvas`, everything is placed in pixels by known widths of letters: the picture does not depend on fonts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from synthlift.report.axis import Scale, scale_over
from synthlift.report.display import visible
from synthlift.report.lettering import shortened_inside, width
from synthlift.report.svg import line, path, picture, spelled, words

__all__ = ["Plane", "Point", "draw_points"]

_WORD, _LABEL = 13, 12
_LEFT, _RIGHT, _TOP, _BELOW = 64, 24, 34, 50
_TICKS = 5
_NAME, _SHORT_NAME = 190, 130  # pixels of a name, at most, among few points and among many
_FEW = 6
_WIDER = 1.16  # the page's font may be wider than the one whose widths are known
_HALF = 8  # of a mark, and of a line of text
_TREATMENT = "M0,-8.5L6,0L0,8.5L-6,0Z"
_OTHER = "M-4.5,-4.5h9v9h-9Z"
# of the middle of a name over its point
_RISES = (-18, 18, -36, 36, -54, 54, -72, 72, -90, 90, -108, 108)


@dataclass(frozen=True, slots=True)
class Point:
    """Two values with their intervals, and what stands there; `role` is treatment, control or reference."""

    name: str
    role: str
    x: float
    y: float
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Plane:
    """The titles of both axes, and the size of what lies between them in pixels."""

    x_axis: str
    y_axis: str
    x_pixels: int = 640
    y_pixels: int = 330


Box = tuple[float, float, float, float]


def draw_points(points: Sequence[Point], plane: Plane, *, key: str, title: str, description: str) -> str:
    """Draw points, one or more, and their names where there is room for them; return the SVG for the page."""
    x = _scale([v for p in points for v in (p.x, *(p.x_ends or ()))], plane.x_pixels)
    y = _scale([v for p in points for v in (p.y, *(p.y_ends or ()))], plane.y_pixels)
    at = [(x(p.x), plane.y_pixels - y(p.y)) for p in points]
    elements = [*_grid(x, y, plane)]
    whiskers = [_whisker(p, x, y, plane, level=level) for p in points for level in (True, False)]
    drawn = [whisker for whisker in whiskers if whisker is not None]
    elements += [line(*box, role, 1.5) for box, role in drawn]
    elements += [_mark(point, *place) for point, place in zip(points, at, strict=True)]
    elements += _names(points, at, [box for box, _ in drawn], plane)
    size = (_LEFT + plane.x_pixels + _RIGHT, _TOP + plane.y_pixels + _BELOW)
    return picture(elements, *size, (_LEFT, _TOP), key, title, description)


def _scale(values: Sequence[float], pixels: int) -> Scale:
    return scale_over(values, pixels, _TICKS, has_zero=True, is_positive=False)


def _grid(x: Scale, y: Scale, plane: Plane) -> Iterator[ET.Element]:
    """Draw a line and a label at each tick of either axis, the zero lines darker, and the titles."""
    for tick in x.ticks:
        colour = "ink" if _is_zero(tick, x) else "rule"
        yield line(x(tick), 0, x(tick), plane.y_pixels, colour, 1)
        yield words(_spelled(tick, x), x(tick), plane.y_pixels + 14, "muted", _LABEL, "middle")
    for tick in y.ticks:
        top = plane.y_pixels - y(tick)
        yield line(0, top, plane.x_pixels, top, "ink" if _is_zero(tick, y) else "rule", 1)
        yield words(_spelled(tick, y), -8, top, "muted", _LABEL, "end")
    yield words(plane.x_axis, plane.x_pixels / 2, plane.y_pixels + 38, "muted", _LABEL, "middle")
    yield words(plane.y_axis, -_LEFT + 8, -18, "muted", _LABEL, "start")


def _is_zero(tick: float, scale: Scale) -> bool:
    return abs(tick) < scale.step / 2


def _spelled(tick: float, scale: Scale) -> str:
    return "0" if _is_zero(tick, scale) else f"{tick:+.{scale.decimals}f}".replace("-", "\N{MINUS SIGN}")


def _whisker(point: Point, x: Scale, y: Scale, plane: Plane, *, level: bool) -> tuple[Box, str] | None:
    """Return where the interval of a point lies, to the left and right or up and down, and its colour."""
    left, top = x(point.x), plane.y_pixels - y(point.y)
    ends = point.x_ends if level else point.y_ends
    if ends is None:
        return None
    if level:
        return (x(ends[0]), top, x(ends[1]), top), point.role
    return (left, plane.y_pixels - y(ends[1]), left, plane.y_pixels - y(ends[0])), point.role


def _mark(point: Point, left: float, top: float) -> ET.Element:
    fill = "surface" if point.role == "reference" else point.role
    outline = _TREATMENT if point.role == "treatment" else _OTHER
    return path(outline, fill, point.role, 2, transform=f"translate({spelled(left)},{spelled(top)})")


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
    for point, (left, top) in zip(points, at, strict=True):
        is_bold = point.role == "treatment"
        name = shortened_inside(visible(point.name), limit, _WORD, is_bold=is_bold)
        size = _WIDER * width(name, _WORD, is_bold=is_bold)
        for anchor, x, y in _places(left, top, rightwards=left >= middle, close=close):
            box, leader = _box(anchor, x, y, size), _leader(anchor, left, top, x, y)
            inside = box[0] >= 0 and box[2] <= plane.x_pixels + _RIGHT and box[1] >= -_HALF and box[3] <= plane.y_pixels
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
