"""Trials: every cell of a study, in order, each with a readable name and a stable key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from synthlift.study.catalog import LEAKAGE, TREATMENT, VOLUME_CONTROLS
from synthlift.study.config import Study
from synthlift.study.grid import GridPoint

__all__ = [
    "DRAWN_SHARE",
    "DRAWS",
    "REFERENCE",
    "WITHOUT_SYNTHETIC",
    "Trial",
    "expand",
    "fingerprint",
    "grid_trial",
    "reference_of",
    "setting_of",
]

# These training sets are the same whatever the generator, and whatever its volume.
WITHOUT_SYNTHETIC = ("real", "class-weight", "focal")
# Where the primary cell takes all real documents, its spread over other ones is seen on draws of 80 % of them.
DRAWS = "80% draws"
DRAWN_SHARE = 0.8
_PRIMARY_CONDITIONS = ("real", *VOLUME_CONTROLS, TREATMENT)
# Trials of the numerics audit: the same ones, in full precision and with plain attention.
REFERENCE = " (fp32, eager)"
AUDITED_REPLICATES = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """One training run: condition x generator x classifier x regime x replicate.

    `generator` is None where the training set does not depend on it; `n_real` is the regime in documents. A trial of
    the grid of a budget says in `n_synthetic` how many synthetic documents it has, and both numbers in `regime`.
    """

    condition: str
    generator: str | None
    classifier: str
    regime: str
    n_real: int
    replicate: int
    n_synthetic: int | None = None

    @property
    def name(self) -> str:
        """Readable, unique within a study."""
        generator = self.generator if self.generator is not None else "-"
        return f"{self.condition} | {generator} | {self.classifier} | {self.regime} | replicate {self.replicate}"

    @property
    def spec(self) -> dict[str, str | int | None]:
        """Its fields, as the ledger stores them; without `n_synthetic` where that is None."""
        fields = asdict(self)
        return fields if self.n_synthetic is not None else {k: v for k, v in fields.items() if k != "n_synthetic"}

    def key(
        self,
        identity: str,
        source: str | None = None,
        learner: str | None = None,
        keywords: Mapping[str, Mapping[str, str]] | None = None,
    ) -> str:
        """Return the SHA-256 of this trial within the run that `identity` names.

        `source` identifies the synthetic documents where `identity` does not: then a trial that uses none, or others,
        keeps its key when they change. `learner` identifies the settings and weights of a classifier that has some;
        `keywords` are those of the labels, of which only trials that leave them out take notice.
        """
        of_source = {} if source is None else {"source": source}
        of_learner = {} if learner is None else {"learner": learner}
        of_words = {} if keywords is None or self.condition not in LEAKAGE else {"keywords": keywords}
        return fingerprint({"identity": identity, "trial": self.spec, **of_source, **of_learner, **of_words})


def fingerprint(value: Mapping[str, object]) -> str:
    """Return the SHA-256 of canonical JSON."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def expand(study: Study, n_real: Mapping[str, int], grid: Sequence[GridPoint] = ()) -> list[Trial]:
    """Return all trials, replicate by replicate, so that a run cut short has whole replicates.

    Parameters
    ----------
    study : Study
    n_real : mapping of str to int
        Documents of each regime, by its spelling. With `DRAWS` among them the primary cell is run on such draws too.
    grid : sequence of GridPoint
        On which the primary classifier is trained too.
    """
    trials: dict[Trial, None] = {}
    for replicate in range(study.replicates):
        trials |= dict.fromkeys(_replicate(study, n_real, replicate))
        trials |= dict.fromkeys(grid_trial(point, study.primary.classifier, replicate) for point in grid)
    return list(trials)


def _replicate(study: Study, n_real: Mapping[str, int], replicate: int) -> Iterator[Trial]:
    for classifier in study.classifiers:
        for regime in study.regimes:
            for generator in study.generators:
                for condition in study.conditions_of(generator):
                    yield _trial(condition, generator, classifier, regime, n_real, replicate)
    primary = study.primary
    again = [(primary.classifier, DRAWS)] if DRAWS in n_real else []
    if study.audit_numerics and replicate < AUDITED_REPLICATES:
        again += [
            (reference_of(name), primary.regime) for name in study.classifiers if name in study.classifier_settings
        ]
    for classifier, regime in again:
        for condition in _PRIMARY_CONDITIONS:
            if condition in study.conditions:
                yield _trial(condition, primary.generator, classifier, regime, n_real, replicate)


def grid_trial(point: GridPoint, classifier: str, replicate: int) -> Trial:
    """Return the trial of a point: with M = 0 it is of no generator, with N = 0 of synthetic documents alone."""
    n_real, n_synthetic = point.n_real, point.n_synthetic
    condition = TREATMENT if n_real and n_synthetic else "real" if n_real else "synthetic"
    generator = point.generator if n_synthetic else None
    return Trial(condition, generator, classifier, f"{n_real}+{n_synthetic}", n_real, replicate, n_synthetic)


def reference_of(classifier: str) -> str:
    """Return what the numerically safe twin of a classifier is called in trials.

    >>> reference_of("encoder"), setting_of("encoder (fp32, eager)"), setting_of("encoder")
    ('encoder (fp32, eager)', 'encoder', 'encoder')
    """
    return classifier + REFERENCE


def setting_of(classifier: str) -> str:
    """Return whose settings a classifier has: its own, or those that it is the twin of."""
    return classifier.removesuffix(REFERENCE)


def _trial(
    condition: str, generator: str, classifier: str, regime: str, n_real: Mapping[str, int], replicate: int
) -> Trial:
    source = None if condition in WITHOUT_SYNTHETIC else generator
    return Trial(condition, source, classifier, regime, n_real[regime], replicate)
