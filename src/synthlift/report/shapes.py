"""The marks that stand for numbers: a shape and a colour per role, so that neither is alone."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from synthlift.report.svg import path, spelled

__all__ = ["PAINT", "mark_of", "outlined"]

_SHAPES = {
    "baseline": "circle",
    "treatment": "diamond",
    "control": "square",
    "alternative": "triangle",
    "volume": "square",
    "reference": "circle",
}
_OUTLINES = {
    "circle": "M5,0A5,5,0,1,1,-5,0A5,5,0,1,1,5,0Z",
    "square": "M-4.5,-4.5h9v9h-9Z",
    "diamond": "M0,-8.5L6,0L0,8.5L-6,0Z",
    "triangle": "M0,-5.5L6,4.5L-6,4.5Z",
    "ring": "M3,0A3,3,0,1,1,-3,0A3,3,0,1,1,3,0Z",
    "cross": "M-5,-5L5,5M-5,5L5,-5",
}
_HOLLOW = frozenset({"baseline", "volume", "reference"})
PAINT = {
    "baseline": "ink",
    "treatment": "treatment",
    "control": "control",
    "alternative": "alternative",
    "volume": "control",
    "reference": "reference",
}


def mark_of(role: str, x: float, y: float) -> ET.Element:
    """Return the mark of a role (of `wording.ROLES`) around a place."""
    colour = PAINT[role]
    return outlined(_SHAPES[role], "surface" if role in _HOLLOW else colour, colour, 2, x, y)


def outlined(shape: str, fill: str, stroke: str, width: float, x: float, y: float) -> ET.Element:
    """Return a shape around a place: ``circle``, ``square``, ``diamond``, ``triangle``, ``ring`` or ``cross``."""
    return path(_OUTLINES[shape], fill, stroke, width, transform=f"translate({spelled(x)},{spelled(y)})")
