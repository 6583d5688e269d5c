"""The planted truth on the page: counted, drawn where it lies, and nowhere without a simulation."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from synthlift.report.display import DASH
from synthlift.report.html import render
from synthlift.report.planted_chart import planted_answer, planted_chart
from synthlift.report.summary import Summary

SVG = "{http://www.w3.org/2000/svg}"


def places(svg: str, shape: str) -> list[tuple[float, float]]:
    """Return where a shape is drawn, by height."""
    found = []
    for element in ET.fromstring(svg).iter(f"{SVG}path"):  # noqa: S314 (our own SVG)
        place = re.fullmatch(r"translate\(([\d.]+),([\d.]+)\)", element.get("transform", ""))
        if place and (element.get("d") or "").startswith(shape):
            found.append((float(place[2]), float(place[1])))
    return sorted(found)


def test_intervals_that_hold_the_truth_are_counted(clear: Summary) -> None:
    """Contrasts without an interval are left out of the count; one alone has a sentence of its own."""
    assert planted_answer(clear) == "The interval holds the truth in 2 of 3 contrasts"
    one = clear.model_copy(update={"planted": clear.planted[1:2]})
    assert planted_answer(one) == "The interval misses the truth in the one contrast"
    assert planted_answer(clear.model_copy(update={"planted": clear.planted[3:]})) is None


def test_a_cross_marks_the_truth_beside_each_estimate(clear: Summary) -> None:
    """Every truth has its cross, right of the estimate where it is larger; the table says whether it is held."""
    chart = planted_chart(clear)
    assert chart is not None
    crosses = places(chart.svg, "M-5,-5L5,5")
    estimates = places(chart.svg, "M0,-8.5L6,0") + places(chart.svg, "M-4.5,-4.5h9")
    assert len(crosses) == 4
    assert len(estimates) == 3
    at = dict(estimates)
    for (y, x), record in zip(crosses, clear.planted, strict=True):
        if record.value is not None and record.truth is not None:
            assert (x > at[y]) == (record.truth > record.value)
    assert [row[8] for row in chart.rows] == ["yes", "no", "yes", DASH]
    assert chart.rows[0][4:8] == ("+0.133", "0.001", "+0.139", "[+0.110, +0.168]")


def test_section_stands_near_the_top_and_only_in_a_simulation(clear: Summary, cannot_tell: Summary) -> None:
    """It comes before the controls, says how the truth is known, and real corpora have none of it."""
    page = re.sub(r"\s+", " ", render(clear).decode())
    assert page.index('<section id="planted"') < page.index('<section id="conditions"')
    assert "<strong>20,000 fresh test documents</strong>, in 25 fresh runs" in page
    assert "What is the planted truth?" in page
    assert "The truth is not known: all replicates" in re.sub(r"\s+", " ", render(cannot_tell).decode())
    assert 'id="planted"' not in render(clear.model_copy(update={"planted": []})).decode()
