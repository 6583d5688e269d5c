"""How far a logistic regression is from its optimum, certified by its dual."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr, expit

from synthlift.classifiers.kernels import DenseGram, SparseGram
from synthlift.classifiers.logistic import objective

__all__ = ["Solution", "lower_bound", "worst_gap"]

FloatArray = NDArray[np.float64]


class Solution:
    """A fit: its margins on the training rows, ``(n, n_labels)``, and penalised squared norms, ``(n_labels,)``."""

    def __init__(self, margins: FloatArray, norm: FloatArray) -> None:
        self.margins = margins
        self.norm = norm

    def objective(self, labels: NDArray[np.bool_], C: float) -> FloatArray:
        """Return mean log loss plus penalty of each label."""
        weight = np.full((len(labels), 1), 1.0 / len(labels))
        value: FloatArray = objective(self.margins, labels, weight) + self.norm / (2.0 * C)
        return value


def lower_bound(
    kernel: DenseGram | SparseGram, labels: NDArray[np.bool_], near: Solution, C: float, *, penalised_intercept: bool
) -> FloatArray:
    """Return a value that no solution of each label can go below, tight where `near` is near the optimum.

    It is the dual objective ``sum_i s H(u_i / s) - C/2 u' K u`` at ``u = s (y - p)``, `H` the entropy. A free intercept
    asks for ``sum u = 0``, to which the larger side is shrunk; a penalised one adds a constant feature to `K`.
    """
    share = 1.0 / len(labels)
    u = share * np.where(labels, expit(-near.margins), -expit(near.margins))
    if not penalised_intercept:
        up, down = np.where(u > 0, u, 0.0).sum(axis=0), -np.where(u < 0, u, 0.0).sum(axis=0)
        even = np.minimum(up, down)
        u *= np.where(u > 0, even / np.where(up > 0, up, 1.0), even / np.where(down > 0, down, 1.0))
    q = np.abs(u) / share
    quadratic = (u * (kernel @ u)).sum(axis=0) + (u.sum(axis=0) ** 2 if penalised_intercept else 0.0)
    bound: FloatArray = share * (entr(q) + entr(1.0 - q)).sum(axis=0) - C / 2.0 * quadratic
    return bound


def worst_gap(solution: Solution, bound: FloatArray, labels: NDArray[np.bool_], C: float) -> float:
    """Return the largest relative excess over `bound` among labels of two classes."""
    mixed = labels.any(axis=0) & ~labels.all(axis=0)
    return float((solution.objective(labels, C)[mixed] / bound[mixed] - 1.0).max())
