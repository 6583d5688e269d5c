"""Charts of lines over two axes: points that were measured, what is expected between them, and limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from synthlift.report.display import visible
from synthlift.report.lettering import shortened
from synthlift.report.plane import Plane, Scales, draw_plane, scales_of
from synthlift.report.shapes import PAINT, mark_of
from synthlift.report.svg import line, path, spelled, words

__all__ = ["Curve", "draw_curves"]

_NAME = 13  # font size
_APART = 16  # pixels between names at the ends of lines
_GAP = 12  # pixels from a line's end to its name


@dataclass(frozen=True, slots=True)
class Curve:
    """A line in the colour of a role (of `wording.ROLES`), x ascending, with a name at its right end.

    Dashed, it is expected and not measured; with `has_points` each of its points has the mark of its role, and the
    interval from `low` to `high` as a line through it. Without points `low` and `high` are dotted lines.
    """

    x: Sequence[float]
    y: Sequence[float]
    role: str = "control"
    name: str = ""
    is_dashed: bool = False
    has_points: bool = False
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


def draw_curves(curves: Sequence[Curve], plane: Plane, *, key: str, title: str, description: str) -> str:
    """Draw lines, the later ones on top, and their names at the right; return the SVG for the page."""
    xs = [x for curve in curves for x in curve.x]
    ys = [y for curve in curves for y in (*curve.y, *curve.low, *curve.high) if y is not None]
    scales = scales_of(xs, ys, plane)
    elements = [element for curve in curves for element in _drawn(curve, scales)]
    elements += _names([curve for curve in curves if curve.name], scales, plane)
    return draw_plane(elements, scales, plane, key=key, title=title, description=description)


def _drawn(curve: Curve, scales: Scales) -> Iterator[ET.Element]:
    limits = zip(curve.x, curve.low, curve.high, strict=True) if curve.low else ()
    if curve.has_points:
        for x, low, high in limits:
            if low is not None and high is not None:
                yield line(*scales.place(x, low), *scales.place(x, high), PAINT[curve.role], 1.5)
    else:
        for limit in (curve.low, curve.high):
            known = [(x, y) for x, y in zip(curve.x, limit, strict=False) if y is not None]
            if known:
                yield _stroke(known, scales, curve.role, 1, "1,4")
    yield _stroke(list(zip(curve.x, curve.y, strict=True)), scales, curve.role, 2, "6,4" if curve.is_dashed else "")
    if curve.has_points:
        for x, y in zip(curve.x, curve.y, strict=True):
            yield mark_of(curve.role, *scales.place(x, y))


def _stroke(pairs: Sequence[tuple[float, float]], scales: Scales, role: str, width: float, dash: str) -> ET.Element:
    corners = (scales.place(*pair) for pair in pairs)
    d = "M" + "L".join(f"{spelled(x)},{spelled(y)}" for x, y in corners)
    look = {"stroke_dasharray": dash} if dash else {}
    return path(d, "surface", PAINT[role], width, fill_opacity="0", **look)


def _names(curves: Sequence[Curve], scales: Scales, plane: Plane) -> Iterator[ET.Element]:
    """Write names right of the plane, each at the height of its line's end, none over another."""
    ends = sorted(((scales.place(curve.x[-1], curve.y[-1])[1], curve) for curve in curves), key=lambda end: end[0])
    least = 0.0
    for i, (y, curve) in enumerate(ends):
        # as high as those below leave room for
        most = plane.y_pixels - _APART * (len(ends) - 1 - i)
        at = max(min(y, most), least)
        least = at + _APART
        name = shortened(visible(curve.name), plane.right, _NAME)
        yield words(name, plane.x_pixels + _GAP, at, "ink", _NAME, "start")
