"""The peers of the solver benchmark: reads requests as lines of JSON, fits, answers with the seconds of CPU it took.

It runs in the peers' environment, where synthlift is not installed.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

MAX_ITERATIONS = 1_000_000


def main() -> None:
    """Answer requests ``{solver, training, C, tol, out}`` until the end of the input."""
    # labels that a fold lacks, and liblinear at the tightest tolerance, are expected; who stopped where is verified
    warnings.filterwarnings("ignore", message="Label (not )?.* is present in all training examples")
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    with np.load(sys.argv[1], allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    features = sparse.csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=tuple(arrays["shape"]))
    labels = arrays["labels"].astype(np.int64)
    for line in sys.stdin:
        request = json.loads(line)
        train, held_out = arrays[f"train_{request['training']}"], arrays[f"held_out_{request['training']}"]
        fitted, targets, unseen = features[train], labels[train], features[held_out]
        estimator = LogisticRegression(
            C=request["C"], solver=request["solver"], tol=request["tol"], max_iter=MAX_ITERATIONS
        )
        model = OneVsRestClassifier(estimator)
        start = time.process_time()
        model.fit(fitted, targets)
        if len(held_out):
            model.decision_function(unseen)
        seconds = time.process_time() - start
        if request["out"] is not None:
            _save_solution(request["out"], model, fitted, liblinear=request["solver"] == "liblinear")
        print(json.dumps({"seconds": seconds}), flush=True)


def _save_solution(path: str, model: OneVsRestClassifier, features: sparse.csr_array, *, liblinear: bool) -> None:
    """Save the margins of the training rows and each label's penalised squared norm; zeros for a label of one class."""
    margins = np.zeros((features.shape[0], len(model.estimators_)))
    norm = np.zeros(len(model.estimators_))
    for label, fitted in enumerate(model.estimators_):
        if not hasattr(fitted, "coef_"):
            continue
        margins[:, label] = features @ fitted.coef_[0] + fitted.intercept_[0]
        norm[label] = fitted.coef_[0] @ fitted.coef_[0]
        if liblinear:  # its intercept is the weight of one more feature
            norm[label] += fitted.intercept_[0] ** 2
    np.savez(path, margins=margins, norm=norm)


if __name__ == "__main__":
    main()
