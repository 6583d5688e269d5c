"""The pure task of a run: one trial of a workload in, its scores out. The same function serves every executor."""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.contract import Classifier
from synthlift.classifiers.ensemble import EnsembleClassifier
from synthlift.conditions.sources import Composition, Recipe, Sources
from synthlift.corpus import Corpus
from synthlift.corpus.parents import nearest_train
from synthlift.corpus.subsets import nested_order
from synthlift.errors import BadConfiguration, NotApplicable, show
from synthlift.generators.contract import TextGenerator
from synthlift.metrics.classification import Influenced
from synthlift.metrics.metric import Metric
from synthlift.metrics.scores import ranked_scores, thresholded_scores
from synthlift.metrics.thresholds import FIXED, tune_per_label, tune_threshold
from synthlift.randomness import stream
from synthlift.storage.ledger import ScoreRow, TrialResult
from synthlift.study.catalog import ENSEMBLE, FILTERED, TREATMENT, WRITTEN_HERE, resolve
from synthlift.study.trials import Trial, reference_of, setting_of
from synthlift.study.workload import Learner, Source, Workload

__all__ = ["Evaluate", "made_classifier"]

FloatArray = NDArray[np.float64]

IN_FULL_PRECISION = {"precision": "fp32", "attention": "eager"}
# what a classifier is told by the run, not by its settings
NOT_SETTINGS = frozenset({"analyzer", "embeddings", "counts"})


class Evaluate:
    """Callable that runs one trial; it travels to a worker once and keeps what trials share there.

    Parameters
    ----------
    workload : Workload
    """

    def __init__(self, workload: Workload) -> None:
        self._workload = workload
        self._classifiers: dict[str, Classifier] = {}

    def __call__(self, trial: Trial) -> TrialResult:
        """Compose the training set, fit, score the test documents."""
        started = time.perf_counter()
        key = self._workload.key(trial)
        try:
            composition = self._compose(trial)
            classifier = self._fit(trial, composition)
        except NotApplicable as answer:
            return TrialResult(key, trial.name, trial.spec, "not-applicable", answer.reason)
        training = composition.training
        proba = classifier.predict_proba(self._workload.test.texts)
        held_out, truth = classifier.held_out_proba_, training.labels[training.tuning_rows]
        tuned = tune_threshold(held_out, truth).threshold
        per_label = tune_per_label(held_out, truth, tuned)
        validation = self._validation(trial, classifier, tuned)
        scores, arrays = self._score(proba, {"tuned": tuned, "per-label": per_label, "fixed": FIXED})
        facts = {
            **classifier.facts_,
            **composition.facts,
            **validation,
            "threshold": tuned if np.isfinite(tuned) else None,
            "n_rows": len(training),
            "n_added": len(training) - trial.n_real if trial.condition != "synthetic" else len(training),
        }
        seconds = time.perf_counter() - started
        return TrialResult(key, trial.name, trial.spec, "done", None, scores, arrays, facts, seconds)

    def _compose(self, trial: Trial) -> Composition:
        recipe: Recipe = resolve("conditions", trial.condition)
        rng = stream(self._workload.seed, "compose", trial.condition, trial.replicate)
        composition = recipe(self._sources(trial), rng)
        chosen_on = self._workload.validation
        if len(chosen_on) == 0:
            return composition
        validation = (tuple(chosen_on.texts), chosen_on.label_matrix())
        return replace(composition, training=replace(composition.training, validation=validation))

    def _fit(self, trial: Trial, composition: Composition) -> Classifier:
        # one stream for all conditions of a replicate: they share their inner folds
        rng = stream(self._workload.seed, "fit", trial.replicate)
        if trial.condition == ENSEMBLE:
            return EnsembleClassifier(partial(self._made, trial.classifier)).fit(composition.training, rng=rng)
        if trial.condition in WRITTEN_HERE:
            # its texts never come back, and a classifier that remembers what it counted would keep them all
            return self._made(trial.classifier).fit(composition.training, rng=rng)
        if trial.classifier not in self._classifiers:
            self._classifiers[trial.classifier] = self._made(trial.classifier)
        return self._classifiers[trial.classifier].fit(composition.training, rng=rng)

    def _made(self, name: str) -> Classifier:
        """Make a classifier of the study, or the twin of one for the numerics audit."""
        load = self._workload
        learner = load.learner_of(name)
        if name == reference_of(setting_of(name)):
            takes = inspect.signature(resolve("classifiers", learner.family)).parameters
            if not IN_FULL_PRECISION.keys() <= takes.keys():
                raise NotApplicable("computed in double precision: nothing to compare")
            learner = replace(learner, settings={**learner.settings, **IN_FULL_PRECISION})
        return made_classifier(learner, load.analyzer, load.embeddings)

    def _validation(self, trial: Trial, classifier: Classifier, tuned: float) -> dict[str, float | None]:
        """Score the treatment on validation documents where there are several generators to choose from."""
        load = self._workload
        if trial.condition != TREATMENT or len(load.sources) < 2 or len(load.validation) == 0:
            return {}
        predicted = classifier.predict_proba(load.validation.texts) >= tuned
        score = thresholded_scores(predicted, load.validation.label_matrix(), np.arange(len(predicted)))["micro-F1"]
        return {"validation": score.value if score else None}

    def _sources(self, trial: Trial) -> Sources:
        """Draw the real subset of the replicate, and what may be added to it."""
        load = self._workload
        order = nested_order(load.train.label_matrix(), stream(load.seed, "subset", trial.replicate))
        inside = np.sort(order[: trial.n_real])
        outside = np.setdiff1d(np.arange(len(load.train)), inside)
        real = load.train.take(inside)
        left = Corpus((*load.train.take(outside), *load.spare), load.train.labels)
        empty = Source(Corpus((), real.labels), {}, {})
        source = load.sources[trial.generator] if trial.generator is not None else empty
        generator: TextGenerator = resolve("generators", "recorded")(source.corpus)
        rng = stream(load.seed, "generate", trial.replicate)
        synthetic = generator.generate(real, len(source.corpus), rng=rng)
        if trial.generator is not None and len(synthetic) == 0:
            raise NotApplicable("no synthetic document was written from this subset")
        if trial.condition in WRITTEN_HERE:
            source = self._written(trial, real, load.train_group[inside], len(synthetic))
            synthetic = source.corpus
        row_of = {identity: row for row, identity in enumerate(real.ids)}
        parent = [row_of.get(source.parent.get(identity, ""), -1) for identity in synthetic.ids]
        sources = Sources(
            real=real,
            real_group=load.train_group[inside],
            synthetic=synthetic,
            parent=np.array(parent, dtype=np.int64),
            family=np.array([source.family[identity] for identity in synthetic.ids], dtype=np.int64),
            spare=left,
            spare_group=np.concatenate([load.train_group[outside], load.spare_group]),
        )
        return self._agreeing(trial, sources) if trial.condition == FILTERED else sources

    def _agreeing(self, trial: Trial, sources: Sources) -> Sources:
        """Leave the synthetic documents that classifiers of this very subset agree with."""
        from synthlift.run.agreeing import agreeing  # which makes classifiers as trials do

        return agreeing(sources, self._workload.analyzer, stream(self._workload.seed, "filter", trial.replicate))

    def _written(self, trial: Trial, real: Corpus, group: NDArray[np.int64], n: int) -> Source:
        """Write as many texts as the treatment adds; a text without a recorded parent gets one as synthetic ones do."""
        load, name = self._workload, WRITTEN_HERE[trial.condition]
        generator: TextGenerator = resolve("generators", name)()
        corpus = generator.generate(real, n, rng=stream(load.seed, "generate", name, trial.replicate))
        if len(corpus) < n:
            raise NotApplicable(f"{name}: wrote {len(corpus)} of {n} documents from this subset")
        nearest = nearest_train(corpus.texts, real.texts, group, load.analyzer).parent
        parents = {
            document.id: document.origin.parents[0] if document.origin and document.origin.parents else real.ids[row]
            for document, row in zip(corpus, nearest, strict=True)
            if row >= 0 or (document.origin and document.origin.parents)
        }
        return Source(corpus, parents, {identity: row for row, identity in enumerate(corpus.ids)})

    def _score(
        self, proba: FloatArray, thresholds: Mapping[str, float | FloatArray]
    ) -> tuple[tuple[ScoreRow, ...], dict[str, NDArray[Any]]]:
        """Return score rows and arrays: predictions, packed, and each group's influence on what needs probabilities.

        Influences on scores of predicted labels follow from the predictions, so they are not stored again.
        """
        labels, group = self._workload.test.label_matrix(), self._workload.test_group
        found: dict[Metric, Influenced | None] = {}
        arrays: dict[str, NDArray[Any]] = {}
        for name, threshold in thresholds.items():
            predicted = proba >= threshold
            arrays[f"predicted@{name}"] = np.packbits(predicted, axis=1)
            scores = thresholded_scores(predicted, labels, group)
            found |= {Metric(metric, name): score for metric, score in scores.items()}
        for ranked, score in ranked_scores(proba, labels, group).items():
            found[Metric(ranked, None)] = score
            if score is not None:
                arrays[ranked] = score.influence.astype(np.float32)
        return tuple(_row(metric, score) for metric, score in found.items()), arrays


def made_classifier(learner: Learner, analyzer: str = "word", embeddings: str | None = None) -> Classifier:
    """Make a classifier; of analyzer and folder of vectors it is told what it takes.

    Raises
    ------
    BadConfiguration
        For settings that it does not have, or cannot have so.
    """
    factory = resolve("classifiers", learner.family)
    takes = inspect.signature(factory).parameters
    open_ended = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in takes.values())
    unknown = [name for name in learner.settings if name not in takes]
    if unknown and not open_ended:
        known = ", ".join(sorted(set(takes) - NOT_SETTINGS)) or "none"
        raise BadConfiguration(f"{learner.family}: got the setting {show(unknown[0])}, expected one of {known}")
    needed = {name for name, parameter in takes.items() if parameter.default is parameter.empty} - {"settings"}
    if needed - set(learner.settings):
        missing = ", ".join(sorted(needed - set(learner.settings)))
        raise BadConfiguration(f"{learner.family}: got no {missing}, which it needs: give it among its settings")
    given = {name: value for name, value in (("analyzer", analyzer), ("embeddings", embeddings)) if name in takes}
    made: Classifier = factory(**given, **learner.settings)
    return made


def _row(metric: Metric, score: Influenced | None) -> ScoreRow:
    if score is None:
        return ScoreRow(str(metric), None, None, "undefined: no label is true, or predicted, in any test document")
    return ScoreRow(str(metric), None, score.value, None)
