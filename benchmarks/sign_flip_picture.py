"""The sign-flip study in one picture: each generator's distance and raw gain, a row a design, a column a regime."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

__all__ = ["Panel", "picture"]

# distance and raw gain of each generator; who is drawn apart begins with one of APART
Panel = Mapping[str, tuple[float, float]]

WIDTH, HEIGHT, LEFT, TOP, GAP = 270, 150, 60, 34, 66
BELOW = 34
APART = ("paraphrase", "few")
INK, FAINT, NEAR, FAR = "#333333", "#999999", "#b35806", "#2166ac"


def picture(rows: Mapping[str, Mapping[str, tuple[str, Panel]]]) -> str:
    """Return an SVG of panels by design and regime, each with what stands over it."""
    n_columns = max(len(row) for row in rows.values())
    width, height = LEFT + n_columns * (WIDTH + GAP), len(rows) * (HEIGHT + TOP + BELOW)
    root = ET.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "font-family": "sans-serif"},
    )
    ET.SubElement(root, "title").text = "Distance from held-out real text and raw gain of simulated generators"
    ET.SubElement(root, "rect", {"width": str(width), "height": str(height), "fill": "white"})
    for i, (design, row) in enumerate(rows.items()):
        for j, (regime, (told, panel)) in enumerate(row.items()):
            place = f"translate({LEFT + j * (WIDTH + GAP)},{TOP + i * (HEIGHT + TOP + BELOW)})"
            _draw(ET.SubElement(root, "g", {"transform": place}), f"{design}, {regime}: {told}", panel)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _draw(group: ET.Element, heading: str, panel: Panel) -> None:
    x_low, x_high = _range([x for x, _ in panel.values()])
    y_low, y_high = _range([y for _, y in panel.values()])
    _text(group, 0, -12, heading, "start", INK)
    ET.SubElement(group, "rect", {"width": str(WIDTH), "height": str(HEIGHT), "fill": "none", "stroke": FAINT})
    zero = HEIGHT * y_high / (y_high - y_low)
    line = {"x1": "0", "x2": str(WIDTH), "y1": f"{zero:.1f}", "y2": f"{zero:.1f}", "stroke": FAINT}
    ET.SubElement(group, "line", line)
    for value, at in ((y_low, HEIGHT), (0.0, zero), (y_high, 0.0)):
        if value == 0.0 or abs(at - zero) > 14:
            _text(group, -6, at + 4, f"{value:+.3f}" if value else "0", "end", INK)
    for value, at, anchor in ((x_low, 0.0, "start"), (x_high, WIDTH, "end")):
        _text(group, at, HEIGHT + 16, f"{value:.3f}", anchor, INK)
    _text(group, WIDTH / 2, HEIGHT + 16, "raw gain over squared MMD", "middle", INK)
    for name, (x, y) in panel.items():
        centre = {
            "cx": f"{WIDTH * (x - x_low) / (x_high - x_low):.1f}",
            "cy": f"{HEIGHT * (y_high - y) / (y_high - y_low):.1f}",
        }
        look = {"fill": "white", "stroke": NEAR} if name.startswith(APART) else {"fill": FAR, "stroke": FAR}
        circle = ET.SubElement(group, "circle", {**centre, "r": "4.5", "stroke-width": "2", **look})
        ET.SubElement(circle, "title").text = f"{name}: {x:.4f}, {y:+.3f}"


def _range(values: Iterable[float]) -> tuple[float, float]:
    """Return limits that hold all values and zero, with some room."""
    every = [0.0, *values]
    room = (max(every) - min(every) or 1.0) * 0.08
    return min(every) - room, max(every) + room


def _text(group: ET.Element, x: float, y: float, text: str, anchor: str, colour: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": "12", "fill": colour}
    ET.SubElement(group, "text", place).text = text
