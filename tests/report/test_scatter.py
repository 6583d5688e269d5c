"""Named points between two axes: where they lie, and names that do not cover each other."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from svg_parts import centres, of_tag, parsed
from synthlift.report.plane import Plane
from synthlift.report.scatter import Point, draw_points

PLANE = Plane("gain", "change")


def drawn(points: list[Point]) -> ET.Element:
    svg = draw_points(points, PLANE, key="k", title="T", description="D")
    return parsed(svg)


def test_points_lie_where_their_values_are() -> None:
    """More of x is further right, more of y higher, in proportion; both axes have a zero line."""
    picture = drawn(
        [Point("a", "treatment", 0.1, -0.3), Point("b", "control", 0.2, -0.2), Point("c", "control", 0.4, 0)]
    )
    (xa, ya), (xb, yb), (xc, yc) = centres(picture)
    assert abs((xc - xb) - 2 * (xb - xa)) < 0.01
    assert ya - yb > 0
    assert abs((yb - yc) - 2 * (ya - yb)) < 0.01
    ink = [line for line in of_tag(picture, "line") if line.get("stroke") == "var(--ink)"]
    assert len(ink) == 2


def test_an_interval_goes_through_its_point() -> None:
    """To both sides and up and down; what has none has no line."""
    picture = drawn([Point("a", "treatment", 0.1, -0.3, (0.05, 0.2), (-0.4, -0.25)), Point("b", "control", 0.2, -0.1)])
    (x, y), _ = centres(picture)
    across, up = [line for line in of_tag(picture, "line") if line.get("stroke") == "var(--treatment)"]
    assert float(across.get("x1", 0)) < x < float(across.get("x2", 0))
    assert float(across.get("y1", 0)) == float(across.get("y2", 1)) == y
    assert float(up.get("y1", 0)) < y < float(up.get("y2", 0))
    assert not [line for line in of_tag(picture, "line") if line.get("stroke") == "var(--control)"]


def test_names_of_points_that_nearly_coincide_stand_apart() -> None:
    """All are written, none over another, each with a line to its point where it stands apart."""
    points = [Point(f"generator {i}", "control", 0.1 + i / 1e4, -0.2, (0.05, 0.15), (-0.21, -0.19)) for i in range(4)]
    picture = drawn(points)
    names = [e for e in of_tag(picture, "text") if (e.text or "").startswith("generator")]
    assert {e.text for e in names} == {point.name for point in points}
    heights = sorted((float(e.get("y", 0)), e.get("text-anchor")) for e in names)
    for i, (y, anchor) in enumerate(heights):
        assert all(anchor != other or abs(y - height) >= 16 for height, other in heights[:i])
    assert len([line for line in of_tag(picture, "line") if line.get("stroke") == "var(--muted)"]) >= 3


def test_every_point_tells_its_whole_name_when_pointed_at() -> None:
    """However crowded it is, and however the names beside the points were shortened."""
    names = [f"org/model-{i}-instruct / mode" for i in range(30)]
    picture = drawn([Point(name, "control", 0.1, 0.2) for name in names])
    told = [title.text for mark in of_tag(picture, "path") for title in mark]
    assert told == names


def test_foreign_names_are_spelled_out_and_cut() -> None:
    """A name that would reorder what follows is written as what it is, and a long one loses its middle."""
    picture = drawn([Point("a\u202eb", "control", 0.1, 0.2), Point("long" * 40, "control", 0.3, 0.4)])
    written = [e.text or "" for e in of_tag(picture, "text")]
    assert "a⟦U+202E⟧b" in written
    assert any(text.startswith("long") and "…" in text and len(text) < 60 for text in written)
