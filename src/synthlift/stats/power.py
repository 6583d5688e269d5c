"""What a run can see: the smallest effect it finds, the least delta it settles, and how much more would tell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from synthlift.stats.two_way import TwoWay, t_quantile

__all__ = ["Needed", "at_scale", "minimum_detectable_effect", "needed_to_decide", "needed_to_tell", "settled_delta"]

POWER = 0.8
# More of anything than this is not a plan; finer steps than one per cent are not one either.
MOST_FACTOR = 1000.0
STEP = 1.01


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
    """Return the least delta that would be settled with `power`, were the true difference 0.

    With K > 0 controls that is *only volume*: ``(t(1 - alpha/2/K) + t(power)) sqrt(V)``. With none it is *no effect*,
    whose interval must stay within delta on both sides, so the chance of missing is shared between them.
    """
    if estimate.variance == 0.0:
        return 0.0
    degrees = estimate.degrees
    upper = t_quantile(1.0 - alpha / 2.0 / max(n_controls, 1), degrees)
    within = power if n_controls else (1.0 + power) / 2.0
    return (upper + t_quantile(within, degrees)) * math.sqrt(estimate.variance)


@dataclass(frozen=True, slots=True)
class Needed:
    """What would turn a *cannot tell* into an answer, one at a time.

    Attributes
    ----------
    n_test_groups : int or None
        Test groups with today's replicates; None where no number would do.
    n_replicates : int or None
        Replicates with today's test documents; None where no number would do, and where today's one replicate (or ten
        equal ones) shows nothing of their spread.
    """

    n_test_groups: int | None
    n_replicates: int | None


def needed_to_tell(estimate: TwoWay, margin: float, *, alpha: float = 0.05, power: float = POWER) -> Needed:
    """Return the test groups, or replicates, that make `margin` stand out with `power`.

    The variance at R' replicates and G' groups is ``V = a/R' + b/G' + c/(R'G')`` with ``a = R (V_r - V_i)+``,
    ``b = G (V_d - V_i)+`` and ``c = R G V_i``; ``(t(1 - alpha/2) + t(power)) sqrt(V)`` must fall to `margin`, with the
    degrees of freedom that R' and G' will have: with two replicates today's would ask for hundreds more.

    Parameters
    ----------
    estimate : TwoWay
    margin : float
        The difference to tell from zero.

    Returns
    -------
    Needed
        Numbers above today's, to within one per cent; None where a thousand times today's would not do.
    """
    R, G = estimate.n_replicates, estimate.n_groups

    def tells(n_replicates: int, n_groups: int) -> bool:
        later = at_scale(estimate, n_replicates, n_groups)
        quantiles = t_quantile(1.0 - alpha / 2.0, later.degrees) + t_quantile(power, later.degrees)
        return quantiles * math.sqrt(later.variance) <= margin

    if margin <= 0.0:
        return Needed(None, None)
    return Needed(_least(lambda n: tells(R, n), G), _least(lambda n: tells(n, G), R) if R > 1 else None)


def at_scale(estimate: TwoWay, n_replicates: int, n_groups: int) -> TwoWay:
    """Return the estimate at other numbers of replicates and test groups: ``V = a/R' + b/G' + c/(R'G')``."""
    R, G = estimate.n_replicates, estimate.n_groups
    v_i = estimate.v_interaction * R * G / (n_replicates * n_groups)
    v_r = max(estimate.v_replicates - estimate.v_interaction, 0.0) * R / n_replicates + v_i
    v_d = max(estimate.v_documents - estimate.v_interaction, 0.0) * G / n_groups + v_i
    return TwoWay(estimate.value, v_r, v_d, v_i, n_replicates, n_groups)


def _least(tells: Callable[[int], bool], now: int) -> int | None:
    """Return the least n > `now` that tells, to within a step; None where there is none within reason.

    Every step is tried: with few replicates, more documents can cost degrees of freedom, so what tells at n may not
    tell at 2 n.
    """
    n = now + 1
    while n <= MOST_FACTOR * now:
        if tells(n):
            return n
        n = max(n + 1, math.ceil(n * STEP))
    return None


def needed_to_decide(
    against_real: TwoWay,
    controls: Sequence[TwoWay],
    *,
    delta: float,
    alpha: float = 0.05,
    power: float = POWER,
) -> Needed:
    """Return the test groups, or replicates, with which some outcome of the verdict table would hold with `power`.

    The true differences are taken to be today's. An outcome asks for one or more limits, each to clear its margin; the
    chance of missing is shared among them. The cheapest outcome counts.

    Parameters
    ----------
    against_real : TwoWay
        ``real+synthetic - real``.
    controls : sequence of TwoWay
        ``real+synthetic - control`` for the K volume controls whose predictions differ from `real`.
    delta : float
        The smallest gain worth having, > 0.
    """
    gain, share = against_real.value, alpha / max(len(controls), 1)
    harms = [(against_real, -gain, alpha)]
    no_effect = [(against_real, delta - gain, alpha), (against_real, delta + gain, alpha)]
    helps = [(estimate, estimate.value, alpha) for estimate in (against_real, *controls)]
    only_volume = [[(against_real, gain, alpha), (e, delta - e.value, share)] for e in controls]
    routes = []
    for limits in (harms, no_effect, helps, *only_volume):
        met = 1.0 - (1.0 - power) / len(limits)
        routes.append([needed_to_tell(e, margin, alpha=level, power=met) for e, margin, level in limits])
    return Needed(
        _cheapest([[needed.n_test_groups for needed in route] for route in routes]),
        _cheapest([[needed.n_replicates for needed in route] for route in routes]),
    )


def _cheapest(routes: Sequence[Sequence[int | None]]) -> int | None:
    """Return the least over routes of the most that any limit on the way needs."""
    passable = [[n for n in route if n is not None] for route in routes if None not in route]
    return min((max(route) for route in passable), default=None)
