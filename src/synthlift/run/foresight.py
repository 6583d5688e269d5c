"""What a study will be able to see, told from its real documents alone, before any synthetic text is trained on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.subsets import nested_order
from synthlift.metrics.scores import thresholded_scores
from synthlift.randomness import stream
from synthlift.run.tasks import Evaluate
from synthlift.stats.power import POWER, at_scale, minimum_detectable_effect
from synthlift.stats.two_way import two_way
from synthlift.study.catalog import VOLUME_CONTROLS
from synthlift.study.config import Study
from synthlift.study.trials import Trial
from synthlift.study.workload import Workload

__all__ = ["N_PAIRS", "Foresight", "foresee"]

N_PAIRS = 5
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Foresight:
    """The smallest true gain that the primary cell will find.

    Attributes
    ----------
    effect : float
        Found with `power`, against `real` and all volume controls at once.
    power : float
    n_documents : int
        Real documents in each of the two disjoint draws that were compared.
    n_pairs : int
    n_replicates, n_test_documents : int
        Of the planned study.
    """

    effect: float
    power: float
    n_documents: int
    n_pairs: int
    n_replicates: int
    n_test_documents: int


def foresee(workload: Workload, study: Study, n_real: int) -> Foresight | None:
    """Compare classifiers trained on disjoint draws of real documents; None where there are too few for it.

    Two arms of the study share their real documents and these draws do not, so the effect told is cautious: too large
    rather than too small.

    Parameters
    ----------
    workload : Workload
    study : Study
    n_real : int
        Documents of the primary regime.
    """
    n = min(n_real, len(workload.train) // 2)
    n_groups = int(workload.test_group.max()) + 1
    if n < FEWEST or n_groups < 2:
        return None
    pairs = [_pair(workload, study, n, index) for index in range(N_PAIRS)]
    known = [pair for pair in pairs if pair is not None]
    if len(known) < N_PAIRS:
        return None
    estimate = two_way(np.array([value for value, _ in known]), np.array([influence for _, influence in known]))
    planned = at_scale(estimate, study.replicates, n_groups) if estimate.n_replicates > 1 else estimate
    effect = minimum_detectable_effect(planned, len(VOLUME_CONTROLS))
    return Foresight(effect, POWER, n, N_PAIRS, study.replicates, len(workload.test))


def _pair(workload: Workload, study: Study, n: int, index: int) -> tuple[float, NDArray[np.float64]] | None:
    """Return the difference of two disjoint draws in the primary metric, and each test group's influence on it."""
    order = nested_order(workload.train.label_matrix(), stream(workload.seed, "foresight", index))
    metric, _, threshold = study.primary.metric.partition("@")
    scores = []
    for drawn in (order[:n], order[n : 2 * n]):
        rows = np.sort(drawn)
        half = replace(workload, train=workload.train.take(rows), train_group=workload.train_group[rows], sources={})
        result = Evaluate(half)(Trial("real", None, study.primary.classifier, "all", n, index))
        if result.status != "done":
            return None
        packed = result.arrays[f"predicted@{threshold}"]
        predicted = np.unpackbits(packed, axis=1, count=len(workload.train.labels)).astype(bool)
        score = thresholded_scores(predicted, workload.test.label_matrix(), workload.test_group)[metric]
        if score is None:
            return None
        scores.append(score)
    one, other = scores
    return one.value - other.value, one.influence - other.influence
