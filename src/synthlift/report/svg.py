"""Make a drawing fit to stand inside the page: nothing that can run, load, clash with, or shout over it.

Vega's SVG is rebuilt from a short list of elements and attributes; what is not on it does not reach the page.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

__all__ = ["COLOURS", "clean"]

# Placeholder colours of the drawing, and the page's variables: light, dark and print are the page's business.
COLOURS = {
    "#010101": "var(--ink)",
    "#010102": "var(--muted)",
    "#010103": "var(--rule)",
    "#010104": "var(--treatment)",
    "#010105": "var(--control)",
    "#010106": "var(--reference)",
    "#010108": "var(--surface)",
    "#010109": "var(--alternative)",
}
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({"svg", "g", "path", "line", "rect", "circle", "text", "tspan", "defs", "clipPath"})
_GEOMETRY = frozenset("d x y x1 x2 y1 y2 dx dy width height rx ry r cx cy transform viewBox".split())  # noqa: SIM905
_PAINT = frozenset({"fill", "stroke"})
_LOOK = frozenset(
    "opacity fill-opacity stroke-opacity stroke-width stroke-dasharray stroke-dashoffset stroke-linecap "  # noqa: SIM905
    "stroke-linejoin stroke-miterlimit text-anchor font-size font-weight font-style clip-path".split()
)
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def clean(drawn: str, *, key: str, title: str, description: str) -> str:
    """Rebuild an SVG for the page.

    Parameters
    ----------
    drawn : str
        What vl-convert returned.
    key : str
        Prefix of every id: vega numbers them by a counter of the process, which would change the bytes.
    title, description : str
        The text alternative, written into the picture and named by `aria-labelledby`.

    Returns
    -------
    str
        ``<svg role="img" viewBox=...>`` without size, style attribute, font name, link or script.
    """
    source = ET.fromstring(drawn)  # noqa: S314 (see the import)
    ids = {old: f"{key}-{i}" for i, old in enumerate(e.attrib["id"] for e in source.iter() if "id" in e.attrib)}
    root = _rebuilt(source, ids)
    if root is None:
        raise ValueError("got a drawing without an <svg> root, expected vl-convert's SVG: report this as a bug")
    for attribute in ("width", "height", "transform"):
        root.attrib.pop(attribute, None)
    root.attrib.update({"xmlns": _NAMESPACE[1:-1], "role": "img", "aria-labelledby": f"{key}-title {key}-desc"})
    for tag, text in (("desc", description), ("title", title)):
        child = ET.Element(tag, {"id": f"{key}-{tag}"})
        child.text = text
        root.insert(0, child)
    return ET.tostring(root, encoding="unicode")


def _rebuilt(source: ET.Element, ids: dict[str, str]) -> ET.Element | None:
    tag = source.tag.removeprefix(_NAMESPACE)
    if tag not in _ELEMENTS or source.get("display") == "none" or source.get("d") in ("", "M0,0h0v0h0Z"):
        return None
    kept = ET.Element(tag, _attributes(source, ids))
    kept.text = source.text
    kept.extend(child for child in (_rebuilt(child, ids) for child in source) if child is not None)
    is_empty_group = tag == "g" and len(kept) == 0
    return None if is_empty_group else kept


def _attributes(source: ET.Element, ids: dict[str, str]) -> dict[str, str]:
    """Keep what places and paints; a style attribute (which the page's policy forbids) becomes attributes."""
    styled = (part.split(":", 1) for part in source.get("style", "").split(";") if ":" in part)
    given = {**source.attrib, **{name.strip(): value.strip() for name, value in styled}}
    kept = {}
    for name, value in given.items():
        if name in _PAINT:
            kept[name] = value if value == "none" else COLOURS.get(value, "currentColor")
        elif name == "id":
            kept[name] = ids[value]
        elif name in _LOOK:
            kept[name] = _REFERENCE.sub(lambda found: f"url(#{ids[found[1]]})", value)
        elif name in _GEOMETRY:
            kept[name] = value
    return kept
