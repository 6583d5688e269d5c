"""Several generators: which one validation documents choose, and what they do on average.

The best of several on the test documents is the winner's curse: its estimate is too high by what chance gave it.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import numpy as np

from synthlift.report.arms import Contrast
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.numerics import doubts
from synthlift.report.records import counts, rounded
from synthlift.report.summary import GeneratorChoice
from synthlift.stats.two_way import TwoWay, two_way
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS

__all__ = ["generator_choices"]

NO_VALIDATION = "chosen: there are no validation documents to choose by, so the mean over generators is what counts"
UNDEFINED = "chosen: the score on validation documents is undefined"


def generator_choices(evidence: Evidence) -> Iterator[GeneratorChoice]:
    """Yield, per classifier, regime and control, the choice among generators and their mean; nothing for one alone."""
    if len(evidence.study.generators) < 2:
        return
    for classifier in evidence.study.classifiers:
        for regime in evidence.study.regimes:
            cells = [CellKey(generator, classifier, regime) for generator in evidence.study.generators]
            sound = [cell for cell in cells if not doubts(evidence, cell, (TREATMENT,))]
            doubted = [cell.generator for cell in cells if cell not in sound]
            scores = {cell.generator: _validated(evidence, cell) for cell in sound}
            known = {name: score for name, score in scores.items() if score is not None}
            chosen = max(known, key=known.__getitem__) if known and len(known) == len(scores) else None
            for control in ("real", *VOLUME_CONTROLS):
                ranked = [cell for cell in sound if not doubts(evidence, cell, (control,))]
                found = [evidence.contrast(cell, evidence.study.primary.metric, TREATMENT, control) for cell in ranked]
                contrasts = [contrast for contrast in found if isinstance(contrast, Contrast)]
                mean = _mean(contrasts)
                low, high = mean.interval() if mean else (None, None)
                values = [contrast.estimate.value for contrast in contrasts]
                reasons = [] if chosen else [UNDEFINED if evidence.facts.n_validation else NO_VALIDATION]
                reasons += [] if mean else ["mean: no generator has this contrast in the replicates of the others"]
                reasons += [f"not ranked, as their numbers are in doubt: {', '.join(doubted)}"] if doubted else []
                yield GeneratorChoice.model_validate(
                    {
                        "classifier": classifier,
                        "regime": regime,
                        "contrast": f"{TREATMENT} - {control}",
                        "metric": evidence.study.primary.metric,
                        "chosen": chosen,
                        "validation_scores": {name: rounded(score) for name, score in known.items()},
                        "n_validation_documents": evidence.facts.n_validation,
                        "n_generators": len(contrasts),
                        "mean": rounded(mean.value) if mean else None,
                        "low": rounded(low),
                        "high": rounded(high),
                        "least": rounded(min(values, default=None)),
                        "most": rounded(max(values, default=None)),
                        "reason": "; ".join(reasons) or None,
                        **counts(evidence, mean.n_replicates if mean else 0),
                    }
                )


def _validated(evidence: Evidence, cell: CellKey) -> float | None:
    """Return the treatment's mean score on validation documents."""
    scores = [result.facts.get("validation") for result in evidence.arm(cell, TREATMENT).results.values()]
    known = [float(score) for score in scores if score is not None]
    return fmean(known) if known and len(known) == len(scores) else None


def _mean(contrasts: list[Contrast]) -> TwoWay | None:
    """Estimate the mean over these very generators, in the replicates that all of them have."""
    common = sorted(set.intersection(*(set(contrast.replicates) for contrast in contrasts))) if contrasts else []
    if not common:
        return None
    rows = [[contrast.replicates.index(replicate) for replicate in common] for contrast in contrasts]
    values = np.mean([contrast.values[at] for contrast, at in zip(contrasts, rows, strict=True)], axis=0)
    influence = np.mean([contrast.influence[at] for contrast, at in zip(contrasts, rows, strict=True)], axis=0)
    return two_way(values, influence)
