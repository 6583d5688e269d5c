r"""L2 logistic regression of many labels at once, in the space of the training documents.

Each column of ``labels`` is a problem of its own with an unpenalised intercept,

.. math:: \min_{w,b} \sum_i s_i \log(1 + e^{f_i}) - s_i y_i f_i + \tfrac{1}{2C} \lVert w \rVert^2,
          \quad f = X w + b, \quad \sum_i s_i = 1.

The minimiser lies in the span of the documents, :math:`w = X^T \alpha`, so nothing but products with the Gram matrix
:math:`K = X X^T` is needed: dense where there are few documents, two sparse products where there are many short ones.
All columns share these products. Newton's system is solved by conjugate gradients in the inner product of `K` (the
iterates are those of the primal problem), with the intercept eliminated exactly, which also centres the features.
TF-IDF rows are nearly orthogonal, so a handful of products suffices without a preconditioner.

References
----------
Lin, Weng & Keerthi (2008), Trust region Newton method for large-scale logistic regression, JMLR 9.
Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, section 3.4 (Newton in sample space).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = ["Kernel", "LogisticFit", "fit_logistic", "objective"]

FloatArray = NDArray[np.float64]

MAX_NEWTON = 60
MAX_CG = 60
# A Newton system is solved to this share of its residual; the objective's gap then falls about a hundredfold a step.
FORCING = 0.1
# The gap left after a step was measured at under a tenth of half its Newton decrement.
GAP_OF_DECREMENT = 0.1
# A relative decrement that the line search cannot tell from the rounding of the objective (texts without any feature).
ROUNDING = 1e-10


class Kernel(Protocol):
    """A symmetric positive semi-definite matrix ``(n, n)`` known by its products."""

    def __matmul__(self, columns: FloatArray, /) -> FloatArray:
        """Return the product with ``(n, n_columns)``."""
        ...


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """The solution of all columns.

    Attributes
    ----------
    alpha : ndarray, shape (n, n_columns)
        Dual coefficients; the weights are ``X.T @ alpha``. Zero in a column of one class only.
    intercept : ndarray, shape (n_columns,)
        Infinite in a column of one class only, so that it predicts its prior, 0 or 1.
    n_unconverged : int
        Columns that did not reach the tolerance.
    """

    alpha: FloatArray
    intercept: FloatArray
    n_unconverged: int


def objective(margins: FloatArray, labels: NDArray[np.bool_], weight: FloatArray) -> FloatArray:
    """Return the weighted logistic loss of each column; `weight` is ``(n, 1)`` or ``(n, n_columns)``.

    >>> objective(np.zeros((2, 1)), np.array([[True], [False]]), np.full((2, 1), 0.5)).round(4).tolist()
    [0.6931]
    """
    softplus = np.maximum(margins, 0.0) + np.log1p(np.exp(-np.abs(margins)))
    loss: FloatArray = (weight * (softplus - np.where(labels, margins, 0.0))).sum(axis=0)
    return loss


def fit_logistic(
    kernel: Kernel,
    labels: NDArray[np.bool_],
    weight: FloatArray,
    C: float,
    *,
    start: LogisticFit | None = None,
    tol: float = 1e-6,
) -> LogisticFit:
    """Fit every column of `labels`.

    Parameters
    ----------
    kernel : Kernel
        Gram matrix of the documents, ``(n, n)``.
    labels : ndarray of bool, shape (n, n_columns)
    weight : ndarray, shape (n, 1) or (n, n_columns)
        Weight of each document's loss; a column sums to one, so `C` is per mean loss.
    C : float
        Inverse penalty; ``LogisticRegression(C=C / n)`` of scikit-learn has the same minimiser.
    start : LogisticFit, optional
        Solution at a neighbouring `C`.
    tol : float
        Relative accuracy of each column's objective. Measured to hold at 1e-6 and below up to C = 1e10; a loose one
        (1e-3) is missed up to twentyfold where C is over 1e5.
    """
    alpha = np.zeros(labels.shape)
    positive = np.einsum("ij,ij->j", np.broadcast_to(weight, labels.shape), labels)
    intercept = np.where(positive > 0.5, np.inf, -np.inf)  # the answer of a column of one class
    # a column without both classes has no finite minimiser; 1e-12 absorbs the rounding of sums of weights
    active = np.flatnonzero((positive > 1e-12) & (positive < 1 - 1e-12))
    state = _start(kernel, labels[:, active], _columns(weight, active), positive[active], active, start)
    for _ in range(MAX_NEWTON):
        if active.size == 0:
            break
        state, gap = _newton_step(kernel, state, 1.0 / C)
        alpha[:, active] = state.alpha
        intercept[active] = state.intercept
        left = gap > tol
        active = active[left]
        state = state.keep(left)
    return LogisticFit(alpha, intercept, int(active.size))


@dataclass(frozen=True, slots=True)
class _State:
    """The columns still being solved."""

    alpha: FloatArray
    intercept: FloatArray
    k_alpha: FloatArray
    labels: NDArray[np.bool_]
    weight: FloatArray

    def keep(self, left: NDArray[np.bool_]) -> _State:
        if left.all():
            return self
        weight = self.weight if self.weight.shape[1] == 1 else self.weight[:, left]
        return _State(self.alpha[:, left], self.intercept[left], self.k_alpha[:, left], self.labels[:, left], weight)


def _columns(weight: FloatArray, columns: NDArray[np.intp]) -> FloatArray:
    return weight if weight.shape[1] == 1 else weight[:, columns]


def _start(
    kernel: Kernel,
    labels: NDArray[np.bool_],
    weight: FloatArray,
    positive: FloatArray,
    active: NDArray[np.intp],
    start: LogisticFit | None,
) -> _State:
    if start is None:
        zeros = np.zeros(labels.shape)
        return _State(zeros, np.log(positive / (1.0 - positive)), zeros, labels, weight)
    alpha = start.alpha[:, active]
    return _State(alpha, start.intercept[active], kernel @ alpha, labels, weight)


def _newton_step(kernel: Kernel, state: _State, penalty: float) -> tuple[_State, FloatArray]:
    """Take one damped Newton step; return the new state and the estimated relative gap that remains."""
    margins = state.k_alpha + state.intercept
    p = expit(margins)
    gradient = state.weight * (p - state.labels)
    curvature = state.weight * p * (1.0 - p)
    # saturated columns have no curvature left to divide by
    curvature_sum = np.maximum(curvature.sum(axis=0), 1e-300)
    gradient_sum = gradient.sum(axis=0)
    dual_gradient = gradient + penalty * state.alpha
    residual = curvature * (gradient_sum / curvature_sum) - dual_gradient
    delta, k_delta = _conjugate_gradients(kernel, residual, curvature, curvature_sum, penalty)
    shift = -(gradient_sum + (curvature * k_delta).sum(axis=0)) / curvature_sum
    decrement = -(dual_gradient * k_delta).sum(axis=0) - gradient_sum * shift
    step, value = _line_search(state, margins, delta, k_delta, shift, decrement, penalty)
    moved = _State(
        state.alpha + step * delta,
        state.intercept + step * shift,
        state.k_alpha + step * k_delta,
        state.labels,
        state.weight,
    )
    # a damped step is far from the end whatever its decrement says, but where it is damped by rounding alone
    undamped = np.where(step == 1.0, GAP_OF_DECREMENT * 0.5 * decrement / value, np.inf)
    gap = np.where(decrement <= ROUNDING * value, 0.5 * decrement / value, undamped)
    return moved, np.where(step == 0.0, 0.0, gap)


def _conjugate_gradients(
    kernel: Kernel, residual: FloatArray, curvature: FloatArray, curvature_sum: FloatArray, penalty: float
) -> tuple[FloatArray, FloatArray]:
    """Solve Newton's system of all columns to `FORCING`; one kernel product an iteration.

    With `d` standing for ``X.T @ d``, the operator is ``D K d - D 1 (1' D K d) / (1' D 1) + penalty d`` and inner
    products are ``d' K d``. ``K d`` follows by recurrence.
    """
    r = residual.copy()
    k_r = kernel @ r
    norm = (r * k_r).sum(axis=0)
    goal = FORCING**2 * norm
    d, k_d = r.copy(), k_r.copy()
    delta, k_delta = np.zeros_like(r), np.zeros_like(r)
    live = norm > 0.0
    for _ in range(MAX_CG):
        q = curvature * k_d
        q -= curvature * (q.sum(axis=0) / curvature_sum)
        q += penalty * d
        energy = (k_d * q).sum(axis=0)
        live &= energy > 0.0
        if not live.any():
            break
        step = np.where(live, norm / np.where(live, energy, 1.0), 0.0)
        delta += step * d
        k_delta += step * k_d
        r -= step * q
        k_r = kernel @ r
        new_norm = (r * k_r).sum(axis=0)
        live &= new_norm > goal
        if not live.any():
            break
        beta = np.where(live, new_norm / np.where(live, norm, 1.0), 0.0)
        d *= beta
        d += r
        k_d *= beta
        k_d += k_r
        norm = new_norm
    return delta, k_delta


def _line_search(
    state: _State,
    margins: FloatArray,
    delta: FloatArray,
    k_delta: FloatArray,
    shift: FloatArray,
    decrement: FloatArray,
    penalty: float,
) -> tuple[FloatArray, FloatArray]:
    """Halve each column's step until its objective falls enough (Armijo); return steps and objectives.

    A column that cannot fall has reached the precision of its arithmetic: its step is 0.
    """
    direction = k_delta + shift
    a = (state.alpha * state.k_alpha).sum(axis=0)
    b = (delta * state.k_alpha).sum(axis=0)
    c = (delta * k_delta).sum(axis=0)
    before = objective(margins, state.labels, state.weight) + 0.5 * penalty * a
    step = np.ones_like(before)
    after = before
    for _ in range(30):
        moved = objective(margins + step * direction, state.labels, state.weight)
        after = moved + 0.5 * penalty * (a + 2.0 * step * b + step**2 * c)
        worse = after > before - 1e-4 * step * decrement
        if not worse.any():
            return step, after
        step = np.where(worse, step / 2.0, step)
    return np.where(worse, 0.0, step), np.where(worse, before, after)
