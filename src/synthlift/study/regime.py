"""How many real documents a training set has, as users write it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from synthlift.errors import BadConfiguration, show

__all__ = ["Regime"]

_RATIO = re.compile(r"1:([1-9][0-9]{0,17})")
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Regime:
    """A number of real documents: ``165``, a share of the train pool ``0.1``, a ratio to synthetic ``1:10``, ``all``.

    Examples
    --------
    >>> [Regime.parse(text).n_documents(n_pool=1000, n_synthetic=3000) for text in ("165", "0.1", "1:10", "all")]
    [165, 100, 300, 1000]
    """

    spelling: str

    @classmethod
    def parse(cls, text: str) -> Regime:
        """Read a regime.

        Raises
        ------
        BadConfiguration
            For anything else; ``1.0`` could mean one document or all of them.
        """
        regime = cls(text.strip())
        if regime.spelling == "all" or _RATIO.fullmatch(regime.spelling):
            return regime
        expected = "a number of documents (165), a share (0.1), a ratio to synthetic documents (1:10), or all"
        try:
            whole = regime.spelling.isascii() and regime.spelling.isdigit()
            value = int(regime.spelling) if whole else float(regime.spelling)
        except ValueError:
            raise BadConfiguration(f"--regime: got {show(text)}, expected {expected}") from None
        if value == 1 and not whole:
            raise BadConfiguration(f"--regime: {show(text)} could be one document or all of them; write 1 or all")
        if not (value >= 1 if whole else 0.0 < value < 1.0):
            raise BadConfiguration(f"--regime: got {show(text)}, expected {expected}")
        return regime

    def n_documents(self, n_pool: int, n_synthetic: int) -> int:
        """Return the number of real documents.

        Raises
        ------
        BadConfiguration
            Where the train pool has fewer, or fewer than two would be left.
        """
        n = self._wanted(n_pool, n_synthetic)
        if n_pool < FEWEST:
            raise BadConfiguration(f"got {n_pool} real training document, expected at least {FEWEST} to learn from")
        if not FEWEST <= n <= n_pool:
            raise BadConfiguration(
                f"--regime {self.spelling}: got {n} real documents, expected {FEWEST} to {n_pool} (the train pool)"
            )
        return n

    def _wanted(self, n_pool: int, n_synthetic: int) -> int:
        if self.spelling == "all":
            return n_pool
        ratio = _RATIO.fullmatch(self.spelling)
        if ratio:
            return round(n_synthetic / int(ratio.group(1)))
        return int(self.spelling) if self.spelling.isdigit() else round(float(self.spelling) * n_pool)
