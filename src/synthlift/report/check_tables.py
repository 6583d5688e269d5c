"""The folded tables of what checks a contrast: other real documents, these models, the choice among generators."""

from __future__ import annotations

from synthlift.report.display import DASH, count, gain, interval, p_value, percent
from synthlift.report.reach import regime_words
from synthlift.report.summary import Summary
from synthlift.report.tables import CELL, Table, cell_figures

__all__ = ["check_tables"]


def check_tables(summary: Summary) -> tuple[Table, Table, Table]:
    """List every record of the three checks, in every cell."""
    return _sensitivity(summary), _randomisation(summary), _choices(summary)


def _sensitivity(summary: Summary) -> Table:
    header = (
        "Contrast", "Generator", "Classifier", "Trained on", "Share of the real documents", "Real", "Synthetic",
        "Value", "95 % interval", "Replicates", "Test documents", "Note",
    )  # fmt: skip
    rows = (
        (
            r.contrast, *cell_figures(r)[:2], regime_words(r), percent(r.share), *cell_figures(r)[3:], gain(r.value),
            interval(r.low, r.high, signed=True), count(r.n_replicates), count(r.n_test_documents), r.reason or "",
        )
        for r in summary.sensitivity
    )  # fmt: skip
    return Table.of("Contrasts for other real documents too", header, rows)


def _randomisation(summary: Summary) -> Table:
    header = (
        "Contrast", *CELL, "Metric", "Cut-off", "p", "Smallest p", "Replicates", "Test documents", "Note",
    )  # fmt: skip
    rows = (
        (
            r.contrast, *cell_figures(r), r.metric, r.threshold, p_value(r.p), p_value(r.smallest_p),
            count(r.n_replicates), count(r.n_test_documents), r.reason or "",
        )
        for r in summary.randomisation
    )  # fmt: skip
    return Table.of("Randomisation tests of these trained models, every cell", header, rows)


def _choices(summary: Summary) -> Table:
    header = (
        "Contrast", "Classifier", "Regime", "Metric", "Chosen", "Validation documents", "Generators", "Mean",
        "95 % interval", "Least", "Most", "Replicates", "Test documents", "Note",
    )  # fmt: skip
    rows = (
        (
            r.contrast, r.classifier, r.regime, r.metric, r.chosen or DASH, count(r.n_validation_documents),
            count(r.n_generators), gain(r.mean), interval(r.low, r.high, signed=True), gain(r.least), gain(r.most),
            count(r.n_replicates), count(r.n_test_documents), r.reason or "",
        )
        for r in summary.generator_choice
    )  # fmt: skip
    return Table.of("Choice among the generators, and their mean", header, rows)
