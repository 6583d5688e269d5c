"""The primary metric's contrasts asked two other questions: other real documents, and these very models only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from synthlift.randomness import stream
from synthlift.report.arms import Arm, Contrast
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.records import counts, interval, place, rounded
from synthlift.report.summary import Planted, Randomisation, Sensitivity
from synthlift.stats.randomisation import N_DEALS, dealt, randomisation_p
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS
from synthlift.study.trials import DRAWS

__all__ = ["planted", "randomisation", "sensitivity"]

FloatArray = NDArray[np.float64]


def sensitivity(evidence: Evidence) -> Iterator[Sensitivity]:
    """Yield the primary metric's contrasts for other real documents than these, where draws differ.

    A cell whose regime takes part of the pool has such draws already; where the primary one takes all, it was run on
    draws of 80 % too.
    """
    cells = [cell for cell in evidence.cells if _share(evidence, cell) < 1.0]
    if DRAWS in evidence.n_real and evidence.facts.classifiable:
        cells.append(CellKey(evidence.primary.generator, evidence.primary.classifier, DRAWS))
    for cell in cells:
        share = _share(evidence, cell)
        for name in ("real", *VOLUME_CONTROLS):
            found = evidence.contrast(cell, evidence.study.primary.metric, TREATMENT, name)
            if isinstance(found, Contrast):
                found = replace(found, estimate=found.estimate.for_other_subsets(share))
            known = found.estimate if isinstance(found, Contrast) else None
            yield Sensitivity.model_validate(
                {
                    **place(evidence, cell),
                    "contrast": f"{TREATMENT} - {name}",
                    "share": share,
                    "value": rounded(known.value) if known else None,
                    **counts(evidence, known.n_replicates if known else 0),
                    **interval(found),
                }
            )


def _share(evidence: Evidence, cell: CellKey) -> float:
    return evidence.n_real[cell.regime] / max(evidence.facts.n_train, 1)


def planted(evidence: Evidence) -> Iterator[Planted]:
    """Yield the true value of each contrast that a simulation planted, beside its estimate; nothing for real ones."""
    metric, _, threshold = evidence.study.primary.metric.partition("@")
    for record in evidence.planted:
        cell = CellKey(record["generator"], record["classifier"], record["regime"])
        plus, _, minus = record["contrast"].partition(" - ")
        found = evidence.contrast(cell, evidence.study.primary.metric, plus, minus)
        truth = record["truth"]
        low, high = found.estimate.interval() if isinstance(found, Contrast) else (None, None)
        covered = None if truth is None or low is None or high is None else low <= truth <= high
        reasons = [record["reason"], found.reason if not isinstance(found, Contrast) else None]
        yield Planted.model_validate(
            {
                **place(evidence, cell),
                "contrast": record["contrast"],
                "metric": metric,
                "threshold": threshold,
                "truth": rounded(truth),
                "standard_error": rounded(record["standard_error"]),
                "n_documents": record["n_documents"],
                "n_runs": record["n_runs"],
                "value": rounded(found.estimate.value) if isinstance(found, Contrast) else None,
                "low": rounded(low),
                "high": rounded(high),
                "covered": covered,
                "reason": "; ".join(reason for reason in reasons if reason) or None,
            }
        )


def randomisation(evidence: Evidence) -> Iterator[Randomisation]:
    """Yield the randomisation p of the treatment against `real` and each volume control, in every cell."""
    metric, _, threshold = evidence.study.primary.metric.partition("@")
    deals = dealt(evidence.truth.n_groups, stream(evidence.study.seed, "randomisation"))
    for cell in evidence.cells:
        for name in ("real", *VOLUME_CONTROLS):
            found = evidence.contrast(cell, evidence.study.primary.metric, TREATMENT, name)
            replicates = found.replicates if isinstance(found, Contrast) else ()
            sides = [_counted(evidence.arm(cell, side), replicates, threshold) for side in (TREATMENT, name)]
            yield Randomisation.model_validate(
                {
                    **place(evidence, cell),
                    "contrast": f"{TREATMENT} - {name}",
                    "metric": metric,
                    "threshold": threshold,
                    "p": rounded(randomisation_p(sides[0], sides[1], deals)) if replicates else None,
                    "smallest_p": rounded(1 / (N_DEALS + 1)),
                    "reason": None if isinstance(found, Contrast) else found.reason,
                    **counts(evidence, len(replicates)),
                }
            )


def _counted(arm: Arm, replicates: tuple[int, ...], threshold: str) -> tuple[FloatArray, FloatArray]:
    """Return true positives, and predicted plus true labels, of all labels, each ``(n_replicates, n_groups)``."""
    truth = arm.truth
    tp, z = np.zeros((2, len(replicates), truth.n_groups))
    for row, replicate in enumerate(replicates):
        predicted = arm.predicted(replicate, threshold)
        right = np.count_nonzero(predicted & truth.labels, axis=1)
        given = np.count_nonzero(predicted, axis=1) + np.count_nonzero(truth.labels, axis=1)
        tp[row] = np.bincount(truth.group, weights=right, minlength=truth.n_groups)
        z[row] = np.bincount(truth.group, weights=given, minlength=truth.n_groups)
    return tp, z
