"""Charts: what they draw, and that their tables say the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from xml.etree import ElementTree as ET

import pytest

from synthlift.report import comparison_charts, label_chart, mixing_chart, numerics_chart, planted_chart, plots
from synthlift.report.copying import AGREEMENT, QUESTIONS
from synthlift.report.copying_charts import copying_chart
from synthlift.report.display import DASH, gain, interval, score
from synthlift.report.plots import Chart
from synthlift.report.summary import Summary

MAKERS = (
    plots.verdict_chart,
    plots.conditions_chart,
    plots.ladder_chart,
    plots.threshold_chart,
    plots.volume_chart,
    label_chart.labels_chart,
    comparison_charts.power_chart,
    comparison_charts.generators_chart,
    comparison_charts.cells_chart,
    planted_chart.planted_chart,
    mixing_chart.mixing_chart,
    numerics_chart.moved_chart,
    *(partial(copying_chart, question) for question in (*QUESTIONS, AGREEMENT)),
)
Maker = Callable[[Summary], Chart | None]
SVG = "{http://www.w3.org/2000/svg}"
FIGURE = re.compile(r"\d+\.\d{3}|\d+(?:,\d{3})+")


def drawn(make: Maker, summary: Summary) -> Chart:
    chart = make(summary)
    assert chart is not None
    return chart


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own SVG)


def words(chart: Chart) -> list[str]:
    return ["".join(element.itertext()) for element in parsed(chart.svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("make", MAKERS)
def test_picture_is_fit_for_the_page(make: Maker, clear: Summary) -> None:
    """No font name, no size, no own colour, no link, no style: the page decides, and scales it."""
    root = parsed(drawn(make, clear).svg)
    assert root.get("role") == "img"
    assert {"width", "height"}.isdisjoint(root.attrib)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert root.get("aria-labelledby", "").split() == ids[:2]
    for element in root.iter():
        assert {"style", "font-family", "href", "class"}.isdisjoint(element.attrib)
        for paint in (element.get("fill"), element.get("stroke")):
            assert paint is None or paint == "none" or paint.startswith("var(--")
    assert any(element.get("fill", "").startswith("var(--") for element in root.iter())


@pytest.mark.parametrize("make", MAKERS)
def test_every_figure_in_the_picture_is_in_its_table(make: Maker, many: Summary) -> None:
    """The table beneath a chart holds the same numbers, so the picture is never the only source."""
    chart = drawn(make, many)
    axis = {"0", *(w for w in words(chart) if re.fullmatch(r"\D?\d+\.\d{1,2}|\d,[05]00", w))}
    table = " ".join(" ".join(row) for row in chart.rows)
    for word in words(chart):
        for figure in () if word in axis else FIGURE.findall(word):
            assert figure in table
    assert all(len(row) == len(chart.header) for row in chart.rows)


@pytest.mark.parametrize("make", MAKERS)
def test_same_summary_same_picture(make: Maker, clear: Summary) -> None:
    """Drawing again, after other drawings, gives the same bytes."""
    first = drawn(make, clear)
    drawn(plots.threshold_chart, clear)
    assert drawn(make, clear) == first


@pytest.mark.parametrize("make", MAKERS)
def test_no_interval_is_cut(make: Maker, clear: Summary, many: Summary) -> None:
    """Half a number would be another number: figures have the room they need, in bold too."""
    for summary in (clear, many):
        assert not [
            word for word in words(drawn(make, summary)) if "[" in word and word.endswith("\N{HORIZONTAL ELLIPSIS}")
        ]


@pytest.mark.parametrize("make", MAKERS)
def test_nothing_to_draw_is_none(make: Maker, cannot_tell: Summary) -> None:
    """Where every value is null there is no empty picture."""
    assert make(cannot_tell) is None


@pytest.mark.parametrize("make", MAKERS)
def test_foreign_text_is_only_text(make: Maker, hostile: Summary) -> None:
    """Hostile names are escaped in the picture, and no element or attribute comes of them."""
    chart = drawn(make, hostile)
    tags = {element.tag.removeprefix(SVG) for element in parsed(chart.svg).iter()}
    assert tags <= {"svg", "g", "path", "line", "rect", "text", "title", "desc", "defs", "clipPath"}
    for raw in ("<script", "<img", "<!--", "\u202e", "\x1b", "\x00"):
        assert raw not in chart.svg
    assert "49" not in words(chart)


def test_hostile_names_are_readable_in_the_picture(hostile: Summary) -> None:
    """What cannot run can still be read: short payloads stand in the picture as they are."""
    shown = words(drawn(plots.conditions_chart, hostile))
    assert "javascript:alert(1)" in shown
    assert "{{7*7}}{% raw %}" in shown
    assert any(word.startswith("<script>") for word in shown)


def test_treatment_stands_beside_its_controls(clear: Summary) -> None:
    """Start, controls, treatment, cheaper alternatives, volume as published, references: each with its role."""
    rows = drawn(plots.conditions_chart, clear).rows
    assert [(row[0], row[2]) for row in rows] == [
        ("real", "starting point"),
        ("replicated", "volume control"),
        ("replicated-matched", "volume control"),
        ("real+synthetic", "treatment"),
        ("class-weight", "cheaper alternative"),
        ("ml-ros", "cheaper alternative"),
        ("replicated-drawn", "volume, not in the verdict"),
        ("token-matched", "volume, not in the verdict"),
        ("placebo", "reference"),
        ("synthetic", "reference"),
        ("real+real", "reference"),
    ]
    assert rows[3][3:5] == ("0.560", "[0.532, 0.589]")


def test_dots_lie_in_the_order_of_their_values(clear: Summary) -> None:
    """A higher mean is drawn further to the right."""
    chart = drawn(plots.conditions_chart, clear)
    root = parsed(chart.svg)
    places = {}
    for element in root.iter(f"{SVG}path"):
        place = re.fullmatch(r"translate\(([\d.]+),([\d.]+)\)", element.get("transform", ""))
        if place:
            places[float(place[2])] = float(place[1])
    in_order = [places[y] for y in sorted(places)]
    means = [float(row[3]) for row in chart.rows]
    assert len(in_order) == len(means)
    assert sorted(range(len(means)), key=means.__getitem__) == sorted(range(len(means)), key=in_order.__getitem__)


def test_ladder_shows_the_parts_and_why_one_is_nothing(clear: Summary) -> None:
    """Each part is the ladder's own number; a zero by reason carries it; known intervals stand beside."""
    ladder = clear.ladder[0]
    rows = {row[0]: row for row in drawn(plots.ladder_chart, clear).rows}
    assert list(rows) == ["More training", "Volume", "Label mix", "New text", "Total gain", "Ceiling"]
    assert rows["Label mix"][2:4] == (gain(ladder.label_mix), interval(-0.0023, 0.0217, signed=True))
    assert rows["New text"][2:4] == (gain(ladder.text), "[+0.099, +0.158]")
    assert rows["More training"][2] == "0.000"
    assert rows["More training"][5] == ladder.reason
    assert rows["Ceiling"][2] == "+0.182"


def test_ladder_without_label_mix_shows_content_whole(clear: Summary) -> None:
    """Where content cannot be split it is drawn as one part, and the missing ones say why."""
    changed = clear.ladder[0].model_copy(update={"label_mix": None, "text": None, "reason": "no parents known"})
    chart = drawn(plots.ladder_chart, clear.model_copy(update={"ladder": [changed]}))
    rows = {row[0]: row for row in chart.rows}
    assert rows["Label mix and new text"][2] == "+0.138"
    assert rows["New text"][2] == DASH
    assert rows["New text"][5] == "no parents known"


def test_bars_of_the_ladder_meet(clear: Summary) -> None:
    """The text's bar ends where the total's ends."""
    root = parsed(drawn(plots.ladder_chart, clear).svg)
    ends = {}
    for element in root.iter(f"{SVG}path"):
        box = re.match(r"M([\d.]+),[\d.]+h([\d.]+)v16", element.get("d", ""))
        if box:
            ends.setdefault(element.get("fill"), []).append(float(box[1]) + float(box[2]))
    assert ends["var(--treatment)"][0] == pytest.approx(ends["var(--ink)"][0], abs=0.01)


def test_threshold_pairs_the_two_cut_offs(clear: Summary) -> None:
    """Each condition has its score at the tuned cut-off and at 0.5."""
    by_key = {(s.condition, s.threshold): s.mean for s in clear.scores if s.metric == "micro-F1"}
    rows = drawn(plots.threshold_chart, clear).rows
    assert len(rows) == len({condition for condition, _ in by_key}) == 11
    for name, tuned, fixed, _ in rows:
        assert (tuned, fixed) == (score(by_key[name, "tuned"]), score(by_key[name, "fixed"]))


def test_volume_counts_what_was_dropped_and_why(clear: Summary) -> None:
    """Requested, kept, effective and dropped by reason."""
    rows = drawn(plots.volume_chart, clear).rows
    assert rows[0][:5] == (
        "qwen2.5-7b-instruct", "4,000", "3,712", "3,391", "refusal 41, near-test 23, label-unknown 224",
    )  # fmt: skip


def test_one_cell_needs_no_chart_of_cells(clear: Summary) -> None:
    """With a single cell there is nothing to compare."""
    assert comparison_charts.cells_chart(clear.model_copy(update={"verdicts": clear.verdicts[:1]})) is None


def lines(chart: Chart) -> list[ET.Element]:
    """Return the dashed lines of a chart."""
    return [e for e in parsed(chart.svg).iter(f"{SVG}line") if e.get("stroke-dasharray") == "7,4"]


def test_highest_floor_is_drawn_where_it_lies_among_the_scores(clear: Summary) -> None:
    """The neighbours' 0.445 lies between the scores and is drawn right of `real`; predict-all alone is out of sight."""
    (line,) = lines(drawn(plots.conditions_chart, clear))
    assert line.get("stroke") == "var(--reference)"
    only_low = clear.model_copy(update={"floors": [f for f in clear.floors if f.name == "predict-all"]})
    assert lines(drawn(plots.conditions_chart, only_low)) == []


def test_labels_are_sorted_with_the_measured_gain_beside_the_pooled(clear: Summary) -> None:
    """The largest pooled gain first; a label with counts only stands last in the table, with its reason."""
    rows = drawn(label_chart.labels_chart, clear).rows
    assert [row[:4] for row in rows] == [
        ("prostheses", "+0.140", "[+0.091, +0.234]", "+0.162"),
        ("wheelchairs", "+0.079", "[+0.032, +0.111]", "+0.071"),
        ("smart canes", DASH, DASH, DASH),
    ]
    assert rows[2][-3:] == ("4", "9", "fewer than 10 test positives")


def test_both_ends_of_many_labels_are_drawn_and_all_are_in_the_table(many: Summary) -> None:
    """Twenty gaining, a row of dots, twenty losing; the table has all sixty."""
    chart = drawn(label_chart.labels_chart, many)
    names = [word for word in words(chart) if word.startswith("label ") or word == "⋯"]
    gaining, losing = [f"label {i}" for i in range(59, 39, -1)], [f"label {i}" for i in range(19, -1, -1)]
    assert names == [*gaining, "⋯", *losing]
    assert len(chart.rows) == len(many.labels)


def test_labels_beyond_chance_are_marked_by_shape_and_weight(clear: Summary) -> None:
    """At q below the level a label is bold; at a level that none reaches no label is."""
    strict = clear.label_counts[0].model_copy(update={"alpha": 0.002})
    changed = clear.model_copy(update={"label_counts": [strict]})
    bold = [
        "".join(e.itertext())
        for e in parsed(drawn(label_chart.labels_chart, changed).svg).iter(f"{SVG}text")
        if e.get("font-weight") == "bold"
    ]
    assert "prostheses" in bold
    assert "wheelchairs" not in bold


def test_measured_gain_is_a_faint_ring_apart_from_the_pooled_one(clear: Summary) -> None:
    """Each estimated label has one ring, further from the pooled value where more was shrunk."""
    small = [
        float(place[1])
        for e in parsed(drawn(label_chart.labels_chart, clear).svg).iter(f"{SVG}path")
        if e.get("stroke-width") == "1.25" and (place := re.match(r"translate\(([\d.]+),", e.get("transform", "")))
    ]
    assert len(small) == 2
    assert small[0] > small[1]


def test_power_stands_beside_the_gain(clear: Summary) -> None:
    """Each contrast with its gain, interval and the smallest gain that would be found."""
    rows = drawn(comparison_charts.power_chart, clear).rows
    assert rows[2] == (
        "replicated-matched", "+0.129", "[+0.099, +0.158]", "0.044", "80\N{NO-BREAK SPACE}%", "900", "10", "",
    )  # fmt: skip


def test_generators_stand_in_the_order_of_their_gain_over_one_control(many: Summary) -> None:
    """The best first, all over the control of the verdict, with the stricter outcome of each beside."""
    chart = drawn(comparison_charts.generators_chart, many)
    gains = [float(row[1].replace("\N{MINUS SIGN}", "-")) for row in chart.rows]
    assert gains == sorted(gains, reverse=True)
    assert len(gains) == len(many.verdicts) == 12
    assert chart.header[1] == "Gain over replicated-matched"
    assert {row[3] for row in chart.rows} == {"▲ Helps", "= Only volume"}


def test_one_generator_needs_no_comparison(clear: Summary) -> None:
    """With the other generator's cells gone nothing is compared."""
    own = [record for record in clear.verdicts if record.generator == clear.verdict.generator]
    assert comparison_charts.generators_chart(clear.model_copy(update={"verdicts": own})) is None
