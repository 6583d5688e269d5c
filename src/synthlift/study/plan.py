"""A validated study on prepared documents, expanded into its trials: what is known before the first of them runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from synthlift.errors import BadConfiguration, show
from synthlift.metrics.metric import HEADLINES
from synthlift.study.catalog import DEFAULT_CONDITIONS, names
from synthlift.study.config import PRIMARY_METRIC, Setting, Study
from synthlift.study.grid import NO_GRID, Grid, grid_of
from synthlift.study.preparation import Prepared
from synthlift.study.regime import Regime
from synthlift.study.trials import DRAWN_SHARE, DRAWS, Trial, expand
from synthlift.study.usable import usable_in
from synthlift.study.workload import Workload

__all__ = ["Options", "Plan", "plan_prepared"]

FEWEST_TO_DRAW = 10


@dataclass(frozen=True)
class Plan:
    """A validated study on prepared files: everything but the trials themselves.

    Attributes
    ----------
    study : Study
    prepared : Prepared
    n_real : dict of str to int
        Documents of each regime; where the primary one takes all, also of draws for the check on other documents.
    trials : list of Trial
    grid : Grid
    request : str or None
        What was asked for, files and options in one hash; None where nobody will ask for the same again.
    """

    study: Study
    prepared: Prepared
    n_real: dict[str, int]
    trials: list[Trial]
    grid: Grid = NO_GRID
    request: str | None = None


@dataclass(frozen=True)
class Options:
    """What of a study is chosen before its documents are known.

    Attributes
    ----------
    regimes : sequence of str
        Numbers of real documents, as `Regime` reads them.
    classifiers : sequence of str
    replicates, seed : int
    delta : float
        The smallest gain worth having.
    metric : str
        What the headline is about.
    conditions : sequence of str
        What is compared; by default everything but the mixings and `masked`.
    other_conditions : sequence of str or None
        Those of all generators but the first; by default they have the same ones.
    classifier_settings : mapping of str to mapping
        Settings of classifiers that have some, by their name in `classifiers`.
    audit_numerics : bool
        Run some trials of classifiers with weights again, in full precision and with plain attention.
    grid : bool
        Train on a grid of real and synthetic documents too.
    fidelity_model, fidelity_revision : str or None
        A sentence encoder in whose vectors likeness to real text is measured too.
    """

    regimes: Sequence[str] = ("all",)
    classifiers: Sequence[str] = ("linear",)
    replicates: int = 10
    seed: int = 0
    delta: float = 0.01
    metric: str = PRIMARY_METRIC
    conditions: Sequence[str] = DEFAULT_CONDITIONS
    other_conditions: Sequence[str] | None = None
    classifier_settings: Mapping[str, Mapping[str, Setting]] = field(default_factory=dict)
    audit_numerics: bool = False
    grid: bool = False
    fidelity_model: str | None = None
    fidelity_revision: str | None = None

    def check(self) -> None:
        """Raise BadConfiguration for what cannot be run, whatever the documents."""
        settings = self.classifier_settings
        families = [str(settings.get(name, {}).get("family", name)) for name in self.classifiers]
        for option, kind, given in (
            ("--classifier", "classifiers", families),
            ("--condition", "conditions", self.conditions),
            ("other_conditions", "conditions", self.other_conditions or ()),
        ):
            unknown = [name for name in given if name not in names(kind)]
            if unknown:
                known = ", ".join(sorted(names(kind)))
                raise BadConfiguration(f"{option}: got {show(unknown[0])}, expected one of {known}")
        for name in settings:
            if name not in self.classifiers:
                known = ", ".join(self.classifiers)
                raise BadConfiguration(f"classifier settings: got some of {show(name)}, expected one of {known}")
        if self.metric not in HEADLINES:
            raise BadConfiguration(f"metric: got {show(self.metric)}, expected one of {', '.join(HEADLINES)}")
        self.study(("-",))

    def study(self, generators: tuple[str, ...]) -> Study:
        """Return the study of these generators."""
        regimes = [Regime.parse(text).spelling for text in dict.fromkeys(self.regimes)]
        return _study(
            generators=generators,
            classifiers=tuple(dict.fromkeys(self.classifiers)),
            regimes=tuple(dict.fromkeys(regimes)),
            replicates=self.replicates,
            seed=self.seed,
            delta=self.delta,
            metric=self.metric,
            other_conditions=None if self.other_conditions is None else tuple(self.other_conditions),
            conditions=tuple(dict.fromkeys(self.conditions)),
            classifier_settings={name: dict(one) for name, one in self.classifier_settings.items()},
            audit_numerics=self.audit_numerics,
            grid=self.grid,
            fidelity_model=self.fidelity_model,
            fidelity_revision=self.fidelity_revision,
        )


def plan_prepared(prepared: Prepared, options: Options) -> Plan:
    """Expand a study of prepared documents into trials.

    Raises
    ------
    BadConfiguration
        For regimes that the training documents do not allow.
    """
    sources = prepared.workload.sources
    study = options.study(tuple(sources))
    # a ratio is to the documents of the first generator, the primary one
    n_synthetic = len(next(iter(sources.values())).corpus)
    n_train = prepared.facts.n_train
    n_real = {name: Regime.parse(name).n_documents(n_train, n_synthetic) for name in study.regimes}
    if n_real[study.primary.regime] == n_train >= FEWEST_TO_DRAW:
        n_real[DRAWS] = round(DRAWN_SHARE * n_train)
    if not prepared.facts.classifiable:
        return Plan(study, prepared, n_real, [])
    grid = _grid(study, prepared.workload, n_real) if study.grid else NO_GRID
    return Plan(study, prepared, n_real, expand(study, n_real, grid.points), grid)


def _grid(study: Study, load: Workload, n_real: Mapping[str, int]) -> Grid:
    n_pool = len(load.train), len(load.spare)
    usable = usable_in(load, study.replicates)
    return grid_of(study.generators, n_pool, n_real[study.primary.regime], usable)


def _study(**values: object) -> Study:
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise BadConfiguration(f"--{name}: got {first['input']!r}, {first['msg']}") from None
