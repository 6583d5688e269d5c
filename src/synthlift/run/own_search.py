"""How well what a condition has learnt ranks real documents: nDCG@10 in the vectors of its own classifier.

Queries and the documents that are searched are test documents, which no condition has seen; the same ones in all
trials. It is a score beside those of classification, and no part of the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from synthlift.classifiers.contract import Classifier, Representing
from synthlift.corpus.groups import whole_groups
from synthlift.errors import NotApplicable
from synthlift.metrics.metric import SEARCH
from synthlift.metrics.per_document import document_mean
from synthlift.metrics.retrieval import Labelled, LabelledTerms, Retrieval, representation
from synthlift.randomness import stream
from synthlift.storage.ledger import ScoreRow
from synthlift.study.workload import Workload

__all__ = ["Found", "OwnSearch"]

MOST_QUERIES = 500
MOST_DOCUMENTS = 2000


@dataclass(frozen=True)
class Found:
    """What a search adds to the result of a trial: its score, the influence of test groups on it, and of how many."""

    scores: tuple[ScoreRow, ...] = ()
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, int] = field(default_factory=dict)


class OwnSearch:
    """Test documents to search for, and among: whole groups, at most 500 and 2,000, drawn once for a study.

    Parameters
    ----------
    workload : Workload
    """

    def __init__(self, workload: Workload) -> None:
        rng = stream(workload.seed, "own search")
        rows = whole_groups(workload.test_group, MOST_DOCUMENTS, rng)
        self._group = workload.test_group[rows]
        self._n_groups = int(workload.test_group.max()) + 1
        self._asked = whole_groups(self._group, MOST_QUERIES, rng)
        self._texts = workload.test.take(rows).texts
        self._labels = workload.test.label_matrix()[rows]

    def found(self, classifier: Classifier) -> Found:
        """Search in the vectors of a trained classifier; where that cannot be, the score has the reason."""
        try:
            ranked = self._ranked(classifier)
        except NotApplicable as answer:
            return Found((ScoreRow(str(SEARCH), None, None, answer.reason),))
        if ranked.value is None:
            return Found((ScoreRow(str(SEARCH), None, None, ranked.reason),))
        mean = document_mean(ranked.ndcg, self._group[self._asked[ranked.query]], self._n_groups)
        return Found(
            (ScoreRow(str(SEARCH), None, mean.value, None),),
            {str(SEARCH): mean.influence.astype(np.float32)},
            {"n_searched": len(self._texts), "n_queries": len(ranked.query), "n_queries_left_out": ranked.n_left_out},
        )

    def _ranked(self, classifier: Classifier) -> Retrieval:
        if not isinstance(classifier, Representing):
            raise NotApplicable("this classifier does not offer the vectors of texts")
        vectors = classifier.vectors(self._texts)
        try:
            if isinstance(vectors, np.ndarray):
                documents = Labelled(vectors, self._labels)
                return representation(Labelled(vectors[self._asked], self._labels[self._asked]), documents, self._asked)
            terms = LabelledTerms(sparse.csr_array(vectors), self._labels)
            queries = LabelledTerms(terms.vectors[self._asked], self._labels[self._asked])
            return representation(queries, terms, self._asked)
        except ValueError as error:  # of a classifier that plugs in: its scores of classification stand
            raise NotApplicable(f"vectors of texts: {error}") from None
