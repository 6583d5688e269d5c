"""The two axes of a chart of one number over another: titles, ticks at round numbers, zero lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from synthlift.report.axis import Kind, Scale, scale_over, tick_label
from synthlift.report.svg import line, picture, words

__all__ = ["Plane", "Scales", "draw_plane", "scales_of"]

_LABEL = 12  # font size
_LEFT, _RIGHT, _TOP, _BELOW = 64, 24, 34, 50
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Plane:
    """The titles and kinds of both axes, the size of what lies between them, and room at its right, in pixels."""

    x_axis: str
    y_axis: str
    x_kind: Kind = "gain"
    y_kind: Kind = "gain"
    x_pixels: int = 640
    y_pixels: int = 330
    right: int = 0


@dataclass(frozen=True, slots=True)
class Scales:
    """Where values lie on a plane, in pixels from its upper left corner."""

    x: Scale
    y: Scale
    y_pixels: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where two values meet."""
        return self.x(x), self.y_pixels - self.y(y)


def scales_of(xs: Sequence[float], ys: Sequence[float], plane: Plane) -> Scales:
    """Return the scales of axes that hold all values; that of a gain holds zero too."""
    x, y = (
        scale_over(values, pixels, _TICKS, has_zero=kind == "gain", is_positive=kind in ("count", "share"))
        for values, pixels, kind in ((xs, plane.x_pixels, plane.x_kind), (ys, plane.y_pixels, plane.y_kind))
    )
    return Scales(x, y, plane.y_pixels)


def draw_plane(
    elements: Sequence[ET.Element], scales: Scales, plane: Plane, *, key: str, title: str, description: str
) -> str:
    """Draw both axes, and what is placed between them; return the SVG for the page."""
    size = (_LEFT + plane.x_pixels + plane.right + _RIGHT, _TOP + plane.y_pixels + _BELOW)
    return picture([*_axes(scales, plane), *elements], *size, (_LEFT, _TOP), key, title, description)


def _axes(scales: Scales, plane: Plane) -> Iterator[ET.Element]:
    """Draw a line and a label at each tick of either axis, the zero of a gain darker, and the titles."""
    for tick in scales.x.ticks:
        x = scales.x(tick)
        yield line(x, 0, x, plane.y_pixels, _colour(tick, scales.x, plane.x_kind), 1)
        yield words(tick_label(tick, scales.x, plane.x_kind), x, plane.y_pixels + 14, "muted", _LABEL, "middle")
    for tick in scales.y.ticks:
        y = plane.y_pixels - scales.y(tick)
        yield line(0, y, plane.x_pixels, y, _colour(tick, scales.y, plane.y_kind), 1)
        yield words(tick_label(tick, scales.y, plane.y_kind), -8, y, "muted", _LABEL, "end")
    yield words(plane.x_axis, plane.x_pixels / 2, plane.y_pixels + 38, "muted", _LABEL, "middle")
    yield words(plane.y_axis, -_LEFT + 8, -18, "muted", _LABEL, "start")


def _colour(tick: float, scale: Scale, kind: Kind) -> str:
    return "ink" if kind == "gain" and abs(tick) < scale.step / 2 else "rule"
