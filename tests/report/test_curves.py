"""Charts of lines over two axes: where points, limits and names lie."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from svg_parts import centres, of_tag, parsed
from synthlift.report.curves import Curve, draw_curves
from synthlift.report.plane import Plane

PLANE = Plane("M", "score", "count", "score", right=90)


def drawn(*curves: Curve, plane: Plane = PLANE) -> ET.Element:
    svg = draw_curves(curves, plane, key="k", title="T", description="D")
    return parsed(svg)


def test_points_lie_where_their_values_are_and_their_line_goes_through_them() -> None:
    """More of x is further right, more of y higher, in proportion."""
    picture = drawn(Curve([0, 50, 100], [0.2, 0.4, 0.8], has_points=True))
    (x0, y0), (x1, y1), (x2, y2) = centres(picture)
    assert 0 <= x0 < x1 < x2
    assert y0 > y1 > y2
    assert x1 - x0 == pytest.approx(x2 - x1)
    assert y1 - y2 == pytest.approx(2 * (y0 - y1), abs=0.02)
    corners = re.findall(
        r"[-\d.]+,[-\d.]+", next(e.get("d", "") for e in of_tag(picture, "path") if "L" in e.get("d", ""))
    )
    assert [tuple(map(float, pair.split(","))) for pair in corners] == [(x0, y0), (x1, y1), (x2, y2)]


def test_an_interval_stands_through_its_point_and_a_band_lies_around_its_line() -> None:
    """Points have a line each where both limits are known; a line without points has two dotted ones."""
    picture = drawn(Curve([1, 2], [0.5, 0.6], has_points=True, low=[0.4, None], high=[0.7, None]))
    (x, y), _ = centres(picture)
    [whisker] = [e for e in of_tag(picture, "line") if e.get("stroke") == "var(--control)"]
    assert float(whisker.get("x1", 0)) == float(whisker.get("x2", 1)) == pytest.approx(x)
    assert min(float(whisker.get(name, 0)) for name in ("y1", "y2")) < y
    band = drawn(Curve([1, 2], [0.5, 0.6], low=[0.4, 0.5], high=[0.6, 0.7]))
    assert sum(e.get("stroke-dasharray") == "1,4" for e in of_tag(band, "path")) == 2


def test_lines_are_named_at_their_ends_apart() -> None:
    """Lines that end at one score have their names one below the other, all within the picture."""
    picture = drawn(*(Curve([0, 1], [0.1 * i, 0.0], name=f"N = {i}") for i in range(4)))
    heights = sorted(float(e.get("y", 0)) for e in of_tag(picture, "text") if (e.text or "").startswith("N ="))
    assert len(heights) == 4
    assert all(b - a >= 15 for a, b in pairwise(heights))
    assert heights[-1] <= PLANE.y_pixels + 8


def test_an_axis_of_gains_has_a_line_at_zero() -> None:
    """Though no value lies there; an axis of scores has none."""
    plane = Plane("d", "gain", "score", "gain")
    lines = of_tag(drawn(Curve([1, 2], [0.1, 0.2]), plane=plane), "line")
    assert sum(e.get("stroke") == "var(--ink)" for e in lines) == 1


def test_foreign_names_are_spelled_out() -> None:
    """A name that would reorder what follows is written as what it is."""
    picture = drawn(Curve([1, 2], [1, 2], name="a\u202eb"))
    assert "a⟦U+202E⟧b" in [e.text for e in of_tag(picture, "text")]
