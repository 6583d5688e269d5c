"""Some of a study's trials, by what they are: ``--only classifier=linear``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthlift.errors import BadConfiguration, show
from synthlift.study.trials import Trial

__all__ = ["Selection"]

KEYS = ("condition", "generator", "classifier", "regime", "replicate")


@dataclass(frozen=True, slots=True)
class Selection:
    """Values that trials may have, by key; what is not named may have any."""

    values: Mapping[str, frozenset[str]]

    @classmethod
    def parse(cls, pairs: Sequence[str]) -> Selection | None:
        """Read ``KEY=VALUE`` pairs; of one key given twice, either value will do. Without any, None.

        Raises
        ------
        BadConfiguration
            For what is no such pair, or an unknown key.
        """
        values: dict[str, frozenset[str]] = {}
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if key not in KEYS or not equals:
                raise BadConfiguration(f"--only: got {show(pair)}, expected KEY=VALUE with one of {', '.join(KEYS)}")
            values[key] = values.get(key, frozenset()) | {value}
        return cls(values) if values else None

    def of(self, trials: Sequence[Trial]) -> list[Trial]:
        """Return the trials that are meant, in their order; a trial without a generator is of each.

        Raises
        ------
        BadConfiguration
            For a value that no trial has.
        """
        for key, wanted in self.values.items():
            known = list(dict.fromkeys(_value(trial, key) for trial in trials))
            unknown = sorted(wanted.difference(known))
            if unknown:
                there = ", ".join(show(value) for value in known if value is not None)
                raise BadConfiguration(f"--only {key}: got {show(unknown[0])}, expected one of {there}")
        return [trial for trial in trials if all(self._takes(trial, key) for key in self.values)]

    def _takes(self, trial: Trial, key: str) -> bool:
        value = _value(trial, key)
        return value in self.values[key] or (key == "generator" and value is None)


def _value(trial: Trial, key: str) -> str | None:
    value = getattr(trial, key)
    return None if value is None else str(value)
