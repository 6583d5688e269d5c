"""What stands in a picture: only what places and paints, and text that is only text."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from synthlift.report.svg import line, paint, path, picture, words

HOSTILE = "</text><script>alert(1)</script>\" onload='x' \u202e\x00&amp;"


def drawn() -> str:
    """Draw one of each."""
    elements = [
        line(0, 1, 2.5, 3, "rule", 1, stroke_dasharray="2,2"),
        path("M0,0h9", "surface", "ink", 2),
        words(HOSTILE, 1, 2, "ink", 13, "end", is_bold=True),
    ]
    return picture(elements, 9, 8.25, (2, 3), "k", f"T {HOSTILE}", f"D {HOSTILE}")


def test_foreign_text_is_text_and_spelled_out() -> None:
    """Whatever a text holds, the elements are those that were drawn, and the reader sees it letter by letter."""
    root = ET.fromstring(drawn())  # noqa: S314 (our own SVG)
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert tags == ["svg", "title", "desc", "g", "line", "path", "text"]
    shown = HOSTILE.replace("\u202e", "⟦U+202E⟧").replace("\x00", "⟦U+0000⟧")
    assert [root[0].text, root[1].text, root[2][2].text] == [f"T {shown}", f"D {shown}", shown]


def test_page_decides_size_colour_and_font() -> None:
    """There is a view and no size; every colour is a variable of the page; no style, class, font name or link."""
    root = ET.fromstring(drawn())  # noqa: S314 (our own SVG)
    assert root.get("viewBox") == "0 0 9 8.25"
    for element in root.iter():
        assert {"width", "height", "style", "class", "font-family", "href"}.isdisjoint(element.attrib)
        for name in ("fill", "stroke"):
            assert element.get(name, "var(--").startswith("var(--")
    assert root[2][0].get("stroke-dasharray") == "2,2"
    with pytest.raises(ValueError, match="got the colour 'red'"):
        paint("red")


def test_text_alternative_is_named() -> None:
    """The picture is one image whose name and description are inside it, under ids of its own."""
    root = ET.fromstring(drawn())  # noqa: S314 (our own SVG)
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "k-title k-desc")
    assert [element.get("id") for element in root.iter() if element.get("id")] == ["k-title", "k-desc"]
