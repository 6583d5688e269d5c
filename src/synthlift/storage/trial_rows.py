"""A trial as rows of the ledger, and the two hashes that tell whether the rows are still what was written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from synthlift.storage.arrays import from_npy, to_npy
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.trial_result import ScoreRow, TrialResult

__all__ = ["Artefact", "TrialRows"]


@dataclass(frozen=True, slots=True)
class Artefact:
    """An array of a trial, as ``.npy`` bytes."""

    name: str
    content: bytes
    sha256: str


@dataclass(frozen=True)
class TrialRows:
    """What the tables hold of one trial; read from a damaged file, any field may be of any type.

    Attributes
    ----------
    head : tuple
        key, name, spec (JSON), status, reason, facts (JSON).
    told : tuple
        seconds, n_tries.
    scores : tuple of tuple
        metric, label, value, reason; in order.
    artefacts : tuple of Artefact
        By name.
    """

    head: tuple[Any, ...]
    told: tuple[Any, ...]
    scores: tuple[tuple[Any, ...], ...]
    artefacts: tuple[Artefact, ...]

    @classmethod
    def of(cls, result: TrialResult) -> TrialRows:
        """Spell a result as rows.

        Raises
        ------
        ValueError, TypeError
            For a value that would not come back as it is.
        """
        spec, facts = canonical(dict(result.spec)), canonical(dict(result.facts))
        contents = sorted((name, to_npy(array)) for name, array in result.arrays.items())
        rows = cls(
            head=(result.key, result.name, spec, result.status, result.reason, facts),
            told=(_plain(result.seconds), int(result.n_tries)),
            scores=tuple((row.metric, row.label, _plain(row.value), row.reason) for row in result.scores),
            artefacts=tuple(Artefact(name, content, sha256(content)) for name, content in contents),
        )
        _ = rows.sealed  # refuses what cannot be hashed while no transaction is open
        return rows

    @cached_property
    def sha256(self) -> str:
        """Hash of the result: equal for equal results, whoever computed them and however long it took."""
        return sha256(canonical([*self.head, self.scores, [(each.name, each.sha256) for each in self.artefacts]]))

    @cached_property
    def sealed(self) -> str:
        """Hash of all that is stored, `seconds` and `n_tries` too."""
        return sha256(canonical([self.sha256, *self.told]))

    def holds(self, stored_sha256: object, stored_seal: object) -> bool:
        """Whether the rows are what was written, given the two hashes stored with them."""
        try:
            holds = all(sha256(each.content) == each.sha256 for each in self.artefacts)
            holds = holds and (self.sha256, self.sealed) == (stored_sha256, stored_seal)
        except (TypeError, ValueError, AttributeError):  # a damaged row may hold any type
            return False
        return holds

    def result(self) -> TrialResult:
        """Return the result that the rows spell; call it only where they hold.

        Raises
        ------
        ValueError
            For an array that no ledger would store, whatever its hash says.
        """
        key, name, spec, status, reason, facts = self.head
        seconds, n_tries = self.told
        return TrialResult(
            key=key,
            name=name,
            spec=json.loads(spec),
            status=status,
            reason=reason,
            scores=tuple(ScoreRow(*row) for row in self.scores),
            arrays={each.name: from_npy(each.content) for each in self.artefacts},
            facts=json.loads(facts),
            seconds=seconds,
            n_tries=n_tries,
        )


def _plain(value: float | None) -> float | None:
    """Return a float as SQLite gives it back: it stores -0.0 as 0.0, and knows no numpy scalar."""
    return None if value is None else float(value) + 0.0
