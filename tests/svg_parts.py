"""The parts of a chart, as tests look at them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

__all__ = ["centres", "of_tag", "parsed"]


def parsed(svg: str) -> ET.Element:
    """Read one of our own pictures."""
    return ET.fromstring(svg)  # noqa: S314 (our own SVG)


def of_tag(picture: ET.Element, tag: str) -> list[ET.Element]:
    """Return the elements of a kind, in the order in which they are drawn."""
    return [element for element in picture.iter() if element.tag.rpartition("}")[2] == tag]


def centres(picture: ET.Element) -> list[tuple[float, float]]:
    """Return where marks were placed."""
    moved = (re.fullmatch(r"translate\(([-\d.]+),([-\d.]+)\)", e.get("transform", "")) for e in of_tag(picture, "path"))
    return [(float(found[1]), float(found[2])) for found in moved if found]
