"""Place a Summary, its charts and its tables on one offline page."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from synthlift.report import (
    budget_charts,
    budget_tables,
    cells,
    comparison_charts,
    copying,
    display,
    fidelity_gain_chart,
    glossary,
    label_chart,
    leakage_chart,
    likeness,
    listing,
    mixing_chart,
    numerics_chart,
    planted_chart,
    plots,
    reach,
    retrieval_chart,
    tables,
    wording,
    writing_chart,
    writing_tables,
)
from synthlift.report.cells import primary_ladder, primary_metric, primary_scores
from synthlift.report.copying_charts import copying_sections
from synthlift.report.pairs import Pairs, in_order, side_by_side
from synthlift.report.summary import Summary

__all__ = ["page", "render"]


def render(summary: Summary, pairs: Pairs | None = None) -> bytes:
    """Return the report as one UTF-8 HTML file that loads nothing and runs no script but the one that sorts tables.

    The same Summary and pairs give the same bytes. Only our own CSS and script, each allowed by its hash, and SVGs
    rebuilt by `svg.clean` are placed unescaped; every other string is spelled out by `display.visible` and escaped by
    Jinja.

    Parameters
    ----------
    summary : Summary
    pairs : Pairs, optional
        Texts to show side by side, as `read_pairs` has them.
    """
    shown = Pairs({}, "they are kept in a run folder, and this page was made without one") if pairs is None else pairs
    counted, of_ladder = cells.label_counts(summary), primary_ladder(summary)
    return page(
        "report.html.j2",
        summary=summary,
        verdict=summary.verdict,
        outcome=wording.OUTCOMES[summary.verdict.outcome],
        metric=primary_metric(summary.verdict)[0],
        ladder=of_ladder,
        scores=primary_scores(summary),
        charts=_charts(summary),
        contrasts=tables.contrasts_table(summary),
        floors=tables.floors_table(summary),
        floor=cells.floor_in_sight(summary),
        labels=label_chart.labels_table(summary),
        label_counts=counted,
        labels_doubted=counted is not None and cells.is_doubted(summary, counted),
        too_rare=label_chart.too_rare(summary),
        largest_effect=cells.largest_effect(summary),
        effects=cells.primary_effects(summary),
        generators=cells.generator_contrasts(summary),
        best=cells.best_generator(summary),
        ladders=tables.ladders_table(summary),
        ladder_notes=tables.ladder_notes(summary),
        ladder_doubted=of_ladder is not None and cells.is_ladder_doubted(summary, of_ladder),
        numerics_told=numerics_chart.is_told(summary),
        moved_reasons=numerics_chart.moved_reasons(summary),
        symptoms=numerics_chart.symptoms_table(summary),
        cells_apart=cells.cells_apart(summary),
        folds=listing.all_folds(summary),
        choice=cells.generator_choice(summary),
        chosen=cells.chosen_verdict(summary),
        unchosen=cells.why_none_is_chosen(summary),
        reach=reach,
        planted_reasons=planted_chart.planted_reasons(summary),
        leakage_answer=leakage_chart.leakage_answer(summary),
        leakage_told=leakage_chart.leakage_told(summary),
        leakage_masked=any(record.contrast.startswith("masked") for record in summary.leakage),
        overlaps=leakage_chart.overlap_table(summary),
        mixing_answer=mixing_chart.mixing_answer(summary),
        mixing_ways=mixing_chart.mixing_ways(summary),
        retrieval=retrieval_chart,
        budget=budget_tables,
        agreement=copying_sections(summary, (copying.AGREEMENT,)),
        asked=copying_sections(summary),
        likeness=copying_sections(summary, likeness.QUESTIONS),
        measures=likeness.measures_table(summary),
        by_label=likeness.by_label_table(summary),
        read_by_label=likeness.read_by_label_table(summary),
        foretelling=fidelity_gain_chart.fidelity_gain_charts(summary),
        shifts=fidelity_gain_chart.shift_sentences(summary),
        correlations=fidelity_gain_chart.correlations_table(summary),
        shift_table=fidelity_gain_chart.shifts_table(summary),
        standings=copying.standings(summary),
        pairs=in_order(shown, summary),
        pairs_reason=shown.reason,
        wording=wording,
        glossary=glossary,
        writing=writing_tables,
    )


def page(template: str, **values: object) -> bytes:
    """Fill a template; the page has our style and our one script in it, allowed by their hashes, and loads nothing."""
    css, script = _own("report.css"), _own("report.js")
    filled = _environment().get_template(template).render(
        **values,
        css=Markup(css),  # noqa: S704 (our own file)
        css_sha256=_sha256(css),
        script=Markup(script),  # noqa: S704 (our own file)
        script_sha256=_sha256(script),
    )  # fmt: skip
    return filled.encode("utf-8")


def _own(name: str) -> str:
    """Read the style sheet or the script as browsers will see it: they hash it with line feeds only."""
    source = resources.files("synthlift.report").joinpath("templates", name)
    return source.read_text(encoding="utf-8").replace("\r\n", "\n")


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _charts(summary: Summary) -> dict[str, plots.Chart | None]:
    return {
        "verdict": plots.verdict_chart(summary),
        "conditions": plots.conditions_chart(summary),
        "ladder": plots.ladder_chart(summary),
        "labels": label_chart.labels_chart(summary),
        "power": comparison_charts.power_chart(summary),
        "threshold": plots.threshold_chart(summary),
        "volume": plots.volume_chart(summary),
        "generators": comparison_charts.generators_chart(summary),
        "cells": comparison_charts.cells_chart(summary),
        "planted": planted_chart.planted_chart(summary),
        "writing": writing_chart.writing_chart(summary),
        "mixing": mixing_chart.mixing_chart(summary),
        "leakage": leakage_chart.leakage_chart(summary),
        "numerics": numerics_chart.moved_chart(summary),
        "retrieval": retrieval_chart.retrieval_chart(summary),
        "surface": budget_charts.surface_chart(summary),
        "frontier": budget_charts.frontier_chart(summary),
        "totals": budget_charts.totals_chart(summary),
        "volumes": budget_charts.volumes_chart(summary),
    }


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("synthlift.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    shown = ("count", "gain", "interval", "level", "percent", "score")
    environment.filters.update({name: getattr(display, name) for name in shown})
    environment.filters["sort_key"] = display.sort_key
    environment.filters["side_by_side"] = side_by_side
    environment.filters["svg"] = _placed
    environment.filters["table"] = _tabled
    return environment


def _placed(chart: plots.Chart) -> Markup:
    return Markup(chart.svg)  # noqa: S704 (rebuilt and escaped by svg.clean)


def _tabled(chart: plots.Chart) -> tables.Table:
    return tables.Table.of(chart.title, chart.header, chart.rows)


def _shown(value: Any) -> Any:
    """Spell out foreign text on its way to autoescape, and let no number or null through that nobody formatted."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return display.visible(value)
    if isinstance(value, StrictUndefined):
        return str(value)  # raises, naming what is missing
    raise TypeError(f"the report's template printed {value!r} as it is, expected text: pass it through a filter")
