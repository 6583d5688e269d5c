r"""The interval of a difference when replicates and test groups are crossed: every replicate answers the same test.

With :math:`D_r` the difference in replicate `r` and :math:`u_{rg}` group `g`'s linearised share of it,

.. math:: V_r = \mathrm{var}(D_r)/R, \quad V_d = \tfrac{G}{G-1} \sum_g U_g^2, \quad
          V_i = \tfrac{G}{G-1} \sum_{rg} (u_{rg} - U_g)^2 / (R (R-1)),

and :math:`V = \max(V_r + V_d - V_i, V_r, V_d)` with Satterthwaite's degrees of freedom.

References
----------
Owen (2007), The pigeonhole bootstrap, Ann. Appl. Stat. 1 (crossed random effects).
Satterthwaite (1946), An approximate distribution of estimates of variance components, Biometrics 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["TwoWay", "t_quantile", "two_way", "two_way_each"]

FloatArray = NDArray[np.float64]


def t_quantile(probability: float, degrees: float) -> float:
    """Return the quantile of Student's t; infinite `degrees` give the normal one.

    >>> round(t_quantile(0.975, 9), 4), round(t_quantile(0.975, float("inf")), 4)
    (2.2622, 1.96)
    """
    return float(special.ndtri(probability) if np.isinf(degrees) else special.stdtrit(degrees, probability))


@dataclass(frozen=True, slots=True)
class TwoWay:
    """A mean difference with its variance taken apart.

    Attributes
    ----------
    value : float
        Mean over replicates.
    v_replicates, v_documents, v_interaction : float
        The method's V_r, V_d and V_i.
    n_replicates, n_groups : int
    """

    value: float
    v_replicates: float
    v_documents: float
    v_interaction: float
    n_replicates: int
    n_groups: int

    @property
    def variance(self) -> float:
        """The variance of `value` for new test documents and new runs."""
        crossed = self.v_replicates + self.v_documents - self.v_interaction
        return max(crossed, self.v_replicates, self.v_documents)

    @property
    def degrees(self) -> float:
        """Satterthwaite's degrees of freedom."""
        within = self.v_documents**2 / (self.n_groups - 1)
        if self.n_replicates > 1:
            within += self.v_replicates**2 / (self.n_replicates - 1)
        return self.variance**2 / within if within > 0 else float("inf")

    def bound(self, probability: float) -> float:
        """Return the one-sided confidence limit at `probability`: 0.975 gives the upper end of a 95 % interval."""
        if self.variance == 0.0:
            return self.value
        return self.value + t_quantile(probability, self.degrees) * float(np.sqrt(self.variance))

    def interval(self, alpha: float = 0.05) -> tuple[float, float]:
        """Return the two-sided interval at ``1 - alpha``."""
        return self.bound(alpha / 2.0), self.bound(1.0 - alpha / 2.0)

    def for_other_subsets(self, share: float) -> TwoWay:
        """Return the estimate for other real documents than this pool's, a sensitivity check.

        Subsets drawn from one pool overlap, so their spread understates that of fresh ones: V_r is multiplied by
        ``1 + R f / (1 - f)``, f the share of the pool in each subset.

        Parameters
        ----------
        share : float
            f, 0 < f < 1.

        References
        ----------
        Nadeau & Bengio (2003), Inference for the generalization error, Machine Learning 52.
        """
        inflated = self.v_replicates * (1.0 + self.n_replicates * share / (1.0 - share))
        return replace(self, v_replicates=inflated)

    @property
    def p(self) -> float:
        """Two-sided p of no difference; 1 where nothing differs and nothing varies."""
        if self.variance == 0.0:
            return 1.0 if self.value == 0.0 else 0.0
        t = abs(self.value) / float(np.sqrt(self.variance))
        if np.isinf(self.degrees):
            return float(2.0 * special.ndtr(-t))
        return float(2.0 * special.stdtr(self.degrees, -t))


def two_way(values: FloatArray, influence: FloatArray) -> TwoWay:
    """Estimate the mean of `values` for new replicates and new test groups.

    Replicates that are all the same are one replicate: where only seeds differ and the learner ignores them, there is
    nothing to average.

    Parameters
    ----------
    values : ndarray, shape (n_replicates,)
        The difference, or a score, in each replicate.
    influence : ndarray, shape (n_replicates, n_groups)
        Each test group's share of it; a row sums to zero.

    Raises
    ------
    ValueError
        With fewer than two test groups, where no interval exists.

    Examples
    --------
    >>> estimate = two_way(np.array([0.2]), np.array([[0.1, -0.1]]))
    >>> round(estimate.variance, 6), estimate.degrees
    (0.04, 1.0)
    """
    n_replicates, n_groups = influence.shape
    if n_groups < 2:
        raise ValueError(f"got {n_groups} test groups, expected at least 2: one group shows no spread")
    if n_replicates > 1 and not np.ptp(values) and not np.ptp(influence, axis=0).any():
        return two_way(values[:1], influence[:1])
    small = n_groups / (n_groups - 1)
    mean = influence.mean(axis=0)
    v_documents = small * float((mean**2).sum())
    if n_replicates == 1:
        return TwoWay(float(values[0]), 0.0, v_documents, 0.0, 1, n_groups)
    v_replicates = float(values.var(ddof=1)) / n_replicates
    spread = float(((influence - mean) ** 2).sum())
    v_interaction = small * spread / (n_replicates * (n_replicates - 1))
    return TwoWay(float(values.mean()), v_replicates, v_documents, v_interaction, n_replicates, n_groups)


def two_way_each(values: FloatArray, influence: FloatArray) -> list[TwoWay]:
    """Return `two_way` of each of several scores of the same replicates and groups, some ten times as fast.

    Parameters
    ----------
    values : ndarray, shape (n_scores, n_replicates)
    influence : ndarray, shape (n_scores, n_replicates, n_groups)

    Raises
    ------
    ValueError
        As `two_way`.
    """
    n_replicates, n_groups = influence.shape[1:]
    if n_groups < 2 or n_replicates == 1:
        return [two_way(*pair) for pair in zip(values, influence, strict=True)]
    first = influence[:, :1]
    alike = (influence == first).all(axis=(1, 2))
    small = n_groups / (n_groups - 1)
    mean = influence.mean(axis=1)
    v_documents = small * np.einsum("kg,kg->k", mean, mean)
    apart = influence - mean[:, np.newaxis]
    v_interaction = small * np.einsum("krg,krg->k", apart, apart) / (n_replicates * (n_replicates - 1))
    return [
        two_way(own[:1], influence[k, :1])
        if alike[k] and not np.ptp(own)
        else TwoWay(
            float(own.mean()),
            float(own.var(ddof=1)) / n_replicates,
            float(v_documents[k]),
            float(v_interaction[k]),
            n_replicates,
            n_groups,
        )
        for k, own in enumerate(values)
    ]
