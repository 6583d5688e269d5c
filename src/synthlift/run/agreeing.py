"""The synthetic documents of a trial that classifiers of its real ones agree with: what `filtered` is composed of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthlift.conditions.sources import Sources
from synthlift.corpus.shingles import Analyzer
from synthlift.errors import NotApplicable
from synthlift.run.agreement import CrossFitted

__all__ = ["agreeing"]


def agreeing(sources: Sources, analyzer: Analyzer, rng: np.random.Generator) -> Sources:
    """Return the documents that read like their labels, copied up to as many as there were.

    A document stays whose F1 of predicted against intended labels is at least the mean that the real documents reach
    among themselves, judged the same way: no cut-off to choose. (Their median is 0, and keeps everything, where the
    classifier errs on more than half of them.) Copies are spread evenly; who gets one more is drawn.

    Parameters
    ----------
    sources : Sources
        Of one replicate: its real documents are all that the judges see.
    analyzer : {"word", "char"}
    rng : numpy.random.Generator

    Raises
    ------
    NotApplicable
        Where no document reads so, or the real documents are too few to judge by.
    """
    judge = CrossFitted(sources.real, sources.real_group, analyzer, int(rng.integers(2**32)))
    parents = [sources.real.documents[row].id if row >= 0 else None for row in sources.parent]
    floor = float(judge.real.mean())
    kept = np.flatnonzero(judge.judged(sources.synthetic, parents) >= floor)
    if len(kept) == 0:
        raise NotApplicable(f"no synthetic document reads like its labels as real ones do on average (F1 {floor:.2f})")
    copies, more = divmod(len(sources.synthetic), len(kept))
    rows = np.sort(np.concatenate([np.repeat(kept, copies), rng.permutation(kept)[:more]]))
    return replace(
        sources,
        synthetic=sources.synthetic.take(rows),
        parent=sources.parent[rows],
        family=sources.family[rows],
    )
