"""The ladder in one picture: a row a classifier and cut-off, from the score of `real` to that of the treatment."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

__all__ = ["picture"]

LEFT, PLOT, RIGHT, TOP, ROW, BAR = 200, 440, 30, 58, 34, 16
INK, FAINT = "#333333", "#cccccc"
# where each part of the gain ends, and its colour; each begins where the one before it ends
PARTS = {
    "more steps": ("real+steps", "#e08214"),
    "copies": ("replicated", "#b2abd2"),
    "label mix": ("replicated-matched", "#8073ac"),
    "the text": ("real+synthetic", "#2166ac"),
}


def picture(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return an SVG of the scores of each row's conditions; a convex learner's `real+steps` is its `real`."""
    width, height = LEFT + PLOT + RIGHT, TOP + ROW * len(rows) + 40
    most = max(score for row in rows.values() for score in row.values()) * 1.05
    root = ET.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "font-family": "sans-serif"},
    )
    ET.SubElement(root, "title").text = "What of the gain of synthetic patents is more steps, and what is the text"
    ET.SubElement(root, "rect", {"width": str(width), "height": str(height), "fill": "white"})
    _legend(root)
    for tick in (0.1 * i for i in range(int(most / 0.1) + 1)):
        x = LEFT + PLOT * tick / most
        _line(root, x, TOP, x, TOP + ROW * len(rows), FAINT, 1)
        _text(root, x, TOP + ROW * len(rows) + 16, f"{tick:.1f}", "middle")
    _text(root, LEFT + PLOT / 2, height - 8, "micro-F1 on test documents", "middle")
    for i, (name, scores) in enumerate(rows.items()):
        _text(root, LEFT - 10, TOP + ROW * (i + 0.5) + 4, name, "end")
        _bar(root, TOP + ROW * i + (ROW - BAR) / 2, scores, PLOT / most)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _legend(root: ET.Element) -> None:
    x = 20
    for name, (_, colour) in PARTS.items():
        ET.SubElement(root, "rect", {"x": str(x), "y": "14", "width": "14", "height": "14", "fill": colour})
        _text(root, x + 20, 26, name, "start")
        x += 110
    _line(root, x + 4, 12, x + 4, 30, INK, 2)
    _text(root, x + 12, 26, "as many more real documents", "start")


def _bar(root: ET.Element, y: float, scores: Mapping[str, float], per_unit: float) -> None:
    start = scores["real"]
    for name, (condition, colour) in PARTS.items():
        end = scores.get(condition, start)
        x, size = LEFT + per_unit * min(start, end), per_unit * abs(end - start)
        place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{size:.1f}", "height": str(BAR), "fill": colour}
        ET.SubElement(ET.SubElement(root, "rect", place), "title").text = f"{name}: {end - start:+.3f}"
        start = end
    at = LEFT + per_unit * scores["real"]
    _line(root, at, y - 4, at, y + BAR + 4, FAINT if at == LEFT else INK, 1)
    if "real+real" in scores:
        at = LEFT + per_unit * scores["real+real"]
        _line(root, at, y - 4, at, y + BAR + 4, INK, 2)


def _line(parent: ET.Element, x1: float, y1: float, x2: float, y2: float, colour: str, width: int) -> None:
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    ET.SubElement(parent, "line", {**ends, "stroke": colour, "stroke-width": str(width)})


def _text(parent: ET.Element, x: float, y: float, words: str, anchor: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "font-size": "12", "fill": INK}
    ET.SubElement(parent, "text", place).text = words
