"""The frame that every chart is drawn in: names at the left, marks in the middle, figures at the right.

Rows are placed in pixels and the margins are fixed, so the picture does not depend on how wide a font of this machine
is. Colours are placeholders that `svg.clean` turns into the page's variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isclose
from typing import Any

from synthlift.report.display import visible
from synthlift.report.svg import COLOURS, clean

__all__ = ["Frame", "Row", "bars", "connectors", "dots", "draw", "rings", "texts", "upright", "whiskers"]

ROW = 30
_FITS = 0.86  # the page's font may be wider than the one that vl-convert measures with
_BY_NAME = {variable.removeprefix("var(--").removesuffix(")"): placeholder for placeholder, variable in COLOURS.items()}
_SHAPES = {
    "baseline": "circle",
    "treatment": "diamond",
    "control": "square",
    "alternative": "triangle-up",
    "volume": "square",
    "reference": "circle",
}
_HOLLOW = frozenset({"baseline", "volume", "reference"})
_PAINT = {
    "baseline": "ink",
    "treatment": "treatment",
    "control": "control",
    "alternative": "alternative",
    "volume": "control",
    "reference": "reference",
}


def colour(name: str) -> str:
    """Return the placeholder of one of the page's colours, such as ``treatment``."""
    return _BY_NAME[name]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chart: what is written beside it, and where its marks are (None: no mark).

    `role` (of `wording.ROLES`) gives colour and shape, so that neither is alone; `start` and `end` are a bar's, and
    `faint` is where the value stood before it was corrected.
    """

    name: str
    figure: str
    role: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    start: float | None = None
    end: float | None = None
    faint: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """Sizes in pixels, the title of the axis, and the headings of the names and the figures."""

    axis: str
    names: str = ""
    figures: str = ""
    is_gain: bool = True
    is_count: bool = False
    is_share: bool = False
    ticks: int = 6
    left: int = 170
    plot: int = 400
    right: int = 200
    row: int = ROW


def draw(layers: Sequence[Any], frame: Frame, n_rows: int, *, key: str, title: str, description: str) -> str:
    """Render layers to an SVG for the page, without a network, a theme or a setting of the caller's session."""
    import altair as alt
    import vl_convert

    chart = alt.layer(*layers).properties(width=frame.plot, height=frame.row * n_rows)
    spec = chart.to_dict(validate=False)  # our own, and checking them would take longer than drawing them
    spec["autosize"] = {"type": "none"}
    spec["padding"] = {"left": frame.left, "right": frame.right, "top": 30 if frame.names else 10, "bottom": 46}
    spec["config"] = _config()  # in place of whatever theme is enabled
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=version, allowed_base_urls=[])
    return clean(drawn, key=key, title=visible(title), description=visible(description))


def _config() -> dict[str, Any]:
    return {
        "background": None,
        "view": {"stroke": None, "fill": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "gridColor": colour("rule"),
            "labelColor": colour("muted"),
            "titleColor": colour("muted"),
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "labelPadding": 8,
            "titlePadding": 10,
            "labelFlush": False,
            "labelOverlap": True,
        },
        "text": {"fontSize": 13, "color": colour("ink")},
    }


def _x(field: str, frame: Frame) -> Any:
    import altair as alt

    spelled = "~%" if frame.is_share else ",d" if frame.is_count else "+f" if frame.is_gain else "f"
    label = "replace(datum.label, '%', '\N{NO-BREAK SPACE}%')" if frame.is_share else "datum.label"
    axis = alt.Axis(
        title=frame.axis, format=spelled, labelExpr=f"datum.value == 0 ? '0' : {label}", tickCount=frame.ticks
    )
    is_positive = frame.is_count or frame.is_share  # so the axis does not begin below zero to leave some room
    scale = alt.Scale(zero=frame.is_gain or is_positive, nice=True, padding=0 if is_positive else 8)
    return alt.X(f"{field}:Q", axis=axis, scale=scale)


def _layer(records: list[dict[str, Any]]) -> Any:
    import altair as alt

    return alt.Chart(alt.Data(values=records)).encode(y=alt.Y("y:Q", scale=None, axis=None))


def _middle(i: int, frame: Frame) -> float:
    return frame.row * (i + 0.5)


def texts(rows: Sequence[Row], frame: Frame) -> list[Any]:
    """Write names and figures beside the rows, each cut at its margin, under their headings."""
    import altair as alt

    columns = (
        (-14, "right", round(_FITS * (frame.left - 20)), frame.names, [row.name for row in rows]),
        (frame.plot + 16, "left", round(_FITS * (frame.right - 18)), frame.figures, [row.figure for row in rows]),
    )
    layers = []
    for x, align, limit, heading, words in columns:
        written = [
            {"y": _middle(i, frame), "word": visible(word), "weight": "bold" if row.role == "treatment" else "normal"}
            for i, (row, word) in enumerate(zip(rows, words, strict=True))
        ]
        for weight in ("normal", "bold"):
            chosen = [record for record in written if record["weight"] == weight]
            mark = {"align": align, "baseline": "middle", "limit": limit, "fontWeight": weight}
            if chosen:
                layers.append(_layer(chosen).mark_text(**mark).encode(x=alt.XValue(x), text=alt.Text("word:N")))
        if heading:
            mark = {"align": align, "baseline": "middle", "limit": limit, "fontSize": 12, "color": colour("muted")}
            layers.append(
                _layer([{"y": -14, "word": heading}]).mark_text(**mark).encode(x=alt.XValue(x), text=alt.Text("word:N"))
            )
    return layers


def whiskers(rows: Sequence[Row], frame: Frame) -> list[Any]:
    """Draw the interval of each row that has one."""
    import altair as alt

    records = [
        {"y": _middle(i, frame), "low": row.low, "high": row.high, "paint": colour(_PAINT[row.role])}
        for i, row in enumerate(rows)
        if row.low is not None and row.high is not None
    ]
    if not records:
        return []
    paint = alt.Color("paint:N", scale=None, legend=None)
    rule = _layer(records).mark_rule(strokeWidth=3, strokeCap="round")
    return [rule.encode(x=_x("low", frame), x2=alt.X2("high:Q"), color=paint)]


def dots(rows: Sequence[Row], frame: Frame) -> list[Any]:
    """Draw the value of each row that has one, in the colour and the shape of its role."""
    layers = []
    for role, shape in _SHAPES.items():
        records = [
            {"y": _middle(i, frame), "value": row.value}
            for i, row in enumerate(rows)
            if row.role == role and row.value is not None
        ]
        paint = colour(_PAINT[role])
        fill = colour("surface") if role in _HOLLOW else paint
        size = 150 if role == "treatment" else 80
        mark = {"shape": shape, "size": size, "filled": False, "fill": fill, "stroke": paint, "strokeWidth": 2}
        if records:
            layers.append(_layer(records).mark_point(**mark, opacity=1).encode(x=_x("value", frame)))
    return layers


def rings(rows: Sequence[Row], frame: Frame) -> list[Any]:
    """Draw a small faint ring where the value of each row stood before it was corrected."""
    records = [{"y": _middle(i, frame), "faint": row.faint} for i, row in enumerate(rows) if row.faint is not None]
    if not records:
        return []
    paint = colour("reference")
    mark = {"shape": "circle", "size": 28, "filled": False, "fill": colour("surface"), "stroke": paint}
    return [_layer(records).mark_point(**mark, strokeWidth=1.25, opacity=1).encode(x=_x("faint", frame))]


def bars(rows: Sequence[Row], frame: Frame, *, height: int = 16) -> list[Any]:
    """Draw a bar from `start` to `end`; references are outlined, and a bar of no length is a tick."""
    import altair as alt

    layers = []
    for role, paint in _PAINT.items():
        records = [
            {
                "y": _middle(i, frame) - height / 2,
                "y2": _middle(i, frame) + height / 2,
                "start": row.start,
                "end": row.end,
            }
            for i, row in enumerate(rows)
            if row.role == role and row.start is not None and row.end is not None
        ]
        if not records:
            continue
        fill = colour("surface") if role == "reference" else colour(paint)
        mark = _layer(records).mark_rect(fill=fill, stroke=colour(paint), strokeWidth=1.5, opacity=1)
        layers.append(mark.encode(x=_x("start", frame), x2=alt.X2("end:Q"), y2=alt.Y2("y2:Q")))
    return layers


def connectors(rows: Sequence[Row], frame: Frame, *, height: int = 16) -> list[Any]:
    """Join the end of a bar to the bar of the next row that begins or ends there."""
    import altair as alt

    records = [
        {"x": row.end, "y": _middle(i, frame) + height / 2, "y2": _middle(i + 1, frame) - height / 2}
        for i, (row, after) in enumerate(pairwise(rows))
        if row.end is not None
        and any(edge is not None and isclose(edge, row.end, abs_tol=1e-9) for edge in (after.start, after.end))
    ]
    if not records:
        return []
    line = _layer(records).mark_rule(stroke=colour("muted"), strokeWidth=1, strokeDash=[2, 2])
    return [line.encode(x=_x("x", frame), y2=alt.Y2("y2:Q"))]


def upright(x: float, frame: Frame, n_rows: int, *, paint: str, dash: Sequence[int] = ()) -> list[Any]:
    """Draw a line at `x` over all rows."""
    import altair as alt

    mark = {"stroke": colour(paint), "strokeWidth": 1.5, "strokeDash": list(dash)}
    layer = _layer([{"x": x, "y": 0, "y2": frame.row * n_rows}])
    return [layer.mark_rule(**mark).encode(x=_x("x", frame), y2=alt.Y2("y2:Q"))]
