"""The elements that pictures are made of, and the picture around them, fit to stand inside the page.

Nothing of it can run, load, clash with the page or shout over it: there is no style, font name, link, script or size,
colours are the page's variables (so that light, dark and print are the page's business), and the only ids are those of
the text alternative. Foreign text is spelled out by `display.visible` and escaped by the XML writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from synthlift.report.display import visible

__all__ = ["COLOURS", "Paint", "line", "paint", "path", "picture", "words"]

COLOURS = frozenset({"ink", "muted", "rule", "treatment", "control", "reference", "surface", "alternative"})
Paint = str


def paint(name: str) -> Paint:
    """Return one of the page's colours.

    >>> paint("treatment")
    'var(--treatment)'
    """
    if name not in COLOURS:
        raise ValueError(f"got the colour {name!r}, expected one of {', '.join(sorted(COLOURS))}")
    return f"var(--{name})"


def spelled(value: float) -> str:
    """Write a coordinate with three decimals at most.

    >>> spelled(12.5), spelled(-0.0001)
    ('12.5', '0')
    """
    return f"{round(value, 3) + 0.0:.3f}".rstrip("0").rstrip(".")


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float, **look: str) -> ET.Element:
    """Return a straight line; `look` has further attributes, with underscores for hyphens."""
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    placed = {name: spelled(value) for name, value in ends.items()}
    return ET.Element("line", {**placed, "stroke": paint(colour), "stroke-width": spelled(width), **_hyphened(look)})


def path(d: str, fill: str, stroke: str, width: float, **look: str) -> ET.Element:
    """Return an outlined shape."""
    colours = {"fill": paint(fill), "stroke": paint(stroke), "stroke-width": spelled(width)}
    return ET.Element("path", {"d": d, **colours, **_hyphened(look)})


def words(text: str, x: float, y: float, colour: str, size: int, anchor: str, *, is_bold: bool = False) -> ET.Element:
    """Return a text whose middle is at the height `y`; `anchor` is ``start``, ``middle`` or ``end``."""
    # a third of the font size down is where the middle of small letters and figures lies
    placed = {"x": spelled(x), "y": spelled(y + size / 3), "text-anchor": anchor, "font-size": f"{size}px"}
    element = ET.Element("text", {**placed, "fill": paint(colour), **({"font-weight": "bold"} if is_bold else {})})
    element.text = visible(text)
    return element


def _hyphened(look: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in look.items()}


def picture(
    elements: Sequence[ET.Element], width: float, height: float, origin: tuple[float, float], key: str, *texts: str
) -> str:
    """Return the SVG of elements that are placed relative to `origin`.

    Parameters
    ----------
    elements : sequence of Element
    width, height : float
        Of the view; the page scales it.
    origin : tuple of two floats
    key : str
        Prefix of the ids.
    *texts : str
        Title and description: the text alternative, written into the picture and named by `aria-labelledby`.

    Returns
    -------
    str
        ``<svg role="img" viewBox=...>``
    """
    view = f"0 0 {spelled(width)} {spelled(height)}"
    named = {"role": "img", "aria-labelledby": f"{key}-title {key}-desc"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": view, **named})
    for tag, text in zip(("title", "desc"), texts, strict=True):
        ET.SubElement(root, tag, {"id": f"{key}-{tag}"}).text = visible(text)
    group = ET.SubElement(root, "g", {"transform": f"translate({spelled(origin[0])},{spelled(origin[1])})"})
    group.extend(elements)
    return ET.tostring(root, encoding="unicode")
