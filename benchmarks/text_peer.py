"""The peers of measures of texts: sacrebleu, prdc and ir-measures, given the very numbers that ours are given.

It runs in the peers' environment, where synthlift is not installed. A request is a line of JSON, and so is the answer.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np


def main() -> None:
    """Answer requests ``{what, ...}`` until the end of the input."""
    known: dict[str, Callable[[dict[str, Any]], Any]] = {"self-bleu": self_bleu, "prdc": prdc, "ndcg": ndcg}
    for line in sys.stdin:
        request = json.loads(line)
        started = time.process_time()
        answer = known[request["what"]](request)
        print(json.dumps({"answer": answer, "seconds": time.process_time() - started}), flush=True)


def self_bleu(request: dict[str, Any]) -> list[float]:
    """Score the first texts, each against all others as its references."""
    from sacrebleu import BLEU  # type: ignore[import-not-found,unused-ignore]

    texts = request["texts"]
    bleu = BLEU(tokenize="none", effective_order=True)
    return [bleu.sentence_score(texts[i], texts[:i] + texts[i + 1 :]).score / 100.0 for i in range(request["n_scored"])]


def prdc(request: dict[str, Any]) -> list[float]:
    """Return precision, recall, density and coverage."""
    from prdc import compute_prdc  # type: ignore[import-not-found,unused-ignore]

    with contextlib.redirect_stdout(sys.stderr):  # it tells its progress
        found = compute_prdc(np.array(request["real"]), np.array(request["synthetic"]), nearest_k=5)
    return [float(found[name]) for name in ("precision", "recall", "density", "coverage")]


def ndcg(request: dict[str, Any]) -> list[float]:
    """Return nDCG@10 of each query; gains are whole numbers, and no two scores of a query are equal."""
    import ir_measures  # type: ignore[import-not-found,unused-ignore]

    qrels = {f"q{i}": {f"d{j}": g for j, g in enumerate(row)} for i, row in enumerate(request["gain"])}
    run = {f"q{i}": {f"d{j}": s for j, s in enumerate(row)} for i, row in enumerate(request["score"])}
    measure = ir_measures.parse_measure("nDCG@10")
    found = {m.query_id: m.value for m in ir_measures.iter_calc([measure], qrels, run)}
    return [found[f"q{i}"] for i in range(len(request["gain"]))]


if __name__ == "__main__":
    main()
