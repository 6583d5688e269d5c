"""Measured curves through a surface: shares of real text at a fixed total, and volumes of synthetic text.

Neither needs a law. A fixed total confounds the share of real text with its amount: it is read beside the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.stats.surface import Quantity, Surface, quantity, told_apart

__all__ = ["Sweep", "VolumeCurve", "fixed_total", "volume_curve"]

FloatArray = NDArray[np.float64]

N_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Sweep:
    """Scores along ``N + M = total``.

    Attributes
    ----------
    total : float
        Documents.
    share : ndarray, shape (n_points,)
        Share of real ones, ascending.
    score : tuple of Quantity
        At each share.
    best : float or None
        The share with the best score; its score is flattered, being the best of several.
    flat : bool or None
        True where no two shares are told apart; None where there is no interval.
    reason : str or None
    """

    total: float
    share: FloatArray
    score: tuple[Quantity, ...]
    best: float | None
    flat: bool | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class VolumeCurve:
    """What each step up in volume gains.

    Attributes
    ----------
    volume : ndarray, shape (n_volumes,)
        Synthetic documents, ascending.
    gain : tuple of Quantity, of n_volumes - 1
        From each volume to the next.
    collapse : float or None
        The first volume whose next step is not told to gain; None where every step gains.
    reason : str or None
    """

    volume: FloatArray
    gain: tuple[Quantity, ...]
    collapse: float | None
    reason: str | None = None


def fixed_total(surface: Surface, total: float, rng: np.random.Generator) -> Sweep:
    """Return the scores of all measured points with ``N + M = total``, to within a document."""
    at = np.flatnonzero(np.abs(surface.n_real + surface.n_synthetic - total) <= 1.0)
    share = surface.n_real[at] / (surface.n_real[at] + surface.n_synthetic[at])
    at, share = at[np.argsort(share)], np.sort(share)
    if len(at) < 2:
        return Sweep(total, share, (), None, None, f"{len(at)} points with N + M = {total:g}, at least 2 are compared")
    mean, drawn = surface.mean[at], surface.draws(N_DRAWS, rng)[:, at]
    scores = tuple(quantity(value, column) for value, column in zip(mean, drawn.T, strict=True))
    flat = not told_apart(mean, drawn) if len(drawn) else None
    return Sweep(total, share, scores, float(share[np.argmax(mean)]), flat, scores[0].reason)


def volume_curve(surface: Surface, n_real: float, rng: np.random.Generator) -> VolumeCurve:
    """Return where more synthetic documents of one mode stop paying, beside N real ones.

    Parameters
    ----------
    surface : Surface
        Of one mode, with volumes that double (1, 2, 4, 8 per seed); M = 0 is left out.
    n_real : float
        N; the points measured at it are compared.
    """
    at = np.flatnonzero((surface.n_real == n_real) & (surface.n_synthetic > 0))
    at = at[np.argsort(surface.n_synthetic[at])]
    volume = surface.n_synthetic[at]
    if len(at) < 2:
        return VolumeCurve(volume, (), None, f"{len(at)} volumes at N = {n_real:g}, at least 2 are compared")
    steps = np.diff(surface.draws(N_DRAWS, rng)[:, at], axis=1)
    gain = tuple(quantity(value, column) for value, column in zip(np.diff(surface.mean[at]), steps.T, strict=True))
    if gain[0].low is None:
        return VolumeCurve(volume, gain, None, gain[0].reason)
    for size, step in zip(volume, gain, strict=False):
        if step.low is not None and step.low <= 0.0:
            return VolumeCurve(volume, gain, float(size))
    return VolumeCurve(volume, gain, None, "every step gains, up to the largest volume measured")
