"""What a run can see: the smallest effect it finds, the least delta it settles, and how much more would tell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from synthlift.stats.two_way import TwoWay, t_quantile

__all__ = ["Needed", "minimum_detectable_effect", "needed_to_tell", "settled_delta"]

POWER = 0.8
# More of anything than this is not a plan.
MOST_FACTOR = 1000.0


def minimum_detectable_effect(estimate: TwoWay, n_controls: int, *, alpha: float = 0.05, power: float = POWER) -> float:
    """Return the smallest true difference found with `power`.

    All of `real` and K volume controls must be beaten at once, so the chance of missing is shared among K + 1:
    ``(t(1 - alpha/2) + t(1 - (1 - power) / (K + 1))) sqrt(V)``.

    Parameters
    ----------
    estimate : TwoWay
    n_controls : int
        K.
    """
    if estimate.variance == 0.0:
        return 0.0
    degrees = estimate.degrees
    miss = t_quantile(1.0 - (1.0 - power) / (n_controls + 1), degrees)
    return (t_quantile(1.0 - alpha / 2.0, degrees) + miss) * math.sqrt(estimate.variance)


def settled_delta(estimate: TwoWay, n_controls: int, *, alpha: float = 0.05, power: float = POWER) -> float:
    """Return the least delta for which *only volume* is in reach: ``(t(1 - alpha/2/K) + t(power)) sqrt(V)``."""
    if estimate.variance == 0.0:
        return 0.0
    degrees = estimate.degrees
    upper = t_quantile(1.0 - alpha / 2.0 / max(n_controls, 1), degrees)
    return (upper + t_quantile(power, degrees)) * math.sqrt(estimate.variance)


@dataclass(frozen=True, slots=True)
class Needed:
    """What would turn a *cannot tell* into an answer, one at a time.

    Attributes
    ----------
    n_test_groups : int or None
        Test groups with today's replicates; None where no number would do.
    n_replicates : int or None
        Replicates with today's test documents; None where no number would do.
    """

    n_test_groups: int | None
    n_replicates: int | None


def needed_to_tell(estimate: TwoWay, margin: float, *, alpha: float = 0.05, power: float = POWER) -> Needed:
    """Return the test groups, or replicates, that make `margin` stand out with `power`.

    The variance at R' replicates and G' groups is ``a/R' + b/G' + c/(R'G')`` with ``a = R (V_r - V_i)+``,
    ``b = G (V_d - V_i)+`` and ``c = R G V_i``; it must fall to ``(margin / (t(1 - alpha/2) + t(power)))^2``.

    Parameters
    ----------
    estimate : TwoWay
    margin : float
        The difference to tell from zero, > 0.
    """
    if margin <= 0.0:
        return Needed(None, None)
    R, G = estimate.n_replicates, estimate.n_groups
    a = R * max(estimate.v_replicates - estimate.v_interaction, 0.0)
    b = G * max(estimate.v_documents - estimate.v_interaction, 0.0)
    c = R * G * estimate.v_interaction
    quantiles = t_quantile(1.0 - alpha / 2.0, estimate.degrees) + t_quantile(power, estimate.degrees)
    goal = (margin / quantiles) ** 2
    return Needed(_count(b + c / R, goal - a / R, G), _count(a + c / G, goal - b / G, R))


def _count(numerator: float, room: float, now: int) -> int | None:
    """Return the least n > `now` with ``numerator / n <= room``; None where there is none within reason."""
    if room <= 0.0:
        return None
    n = max(math.ceil(numerator / room), now + 1)
    return n if n <= MOST_FACTOR * now else None
