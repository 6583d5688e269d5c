"""Cases by number, shared out among two fresh processes, as many as a small machine has cores."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

__all__ = ["N_LANES", "in_lanes"]

N_LANES = 2

Answer = TypeVar("Answer")


def in_lanes(function: Callable[[Iterable[int]], Answer], n_cases: int) -> list[Answer]:
    """Call a function of case numbers once in each process; what it returns and raises comes back."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(N_LANES, mp_context=context) as pool:
        return list(pool.map(function, [range(lane, n_cases, N_LANES) for lane in range(N_LANES)]))
