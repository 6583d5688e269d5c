"""The pure task of a run: one trial of a workload in, its scores out. The same function serves every executor."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.classifiers.contract import Classifier
from synthlift.classifiers.ensemble import EnsembleClassifier
from synthlift.conditions.sources import Composition, Recipe, Sources
from synthlift.corpus import Corpus
from synthlift.corpus.keywords import NO_KEYWORD
from synthlift.corpus.parents import nearest_train
from synthlift.errors import BadConfiguration, NotApplicable
from synthlift.generators.contract import TextGenerator
from synthlift.metrics.classification import Influenced
from synthlift.metrics.metric import Metric
from synthlift.metrics.scores import ranked_scores, thresholded_scores
from synthlift.metrics.thresholds import FIXED, tune_per_label, tune_threshold
from synthlift.randomness import stream
from synthlift.run.agreeing import agreeing
from synthlift.run.learners import made_classifier
from synthlift.run.own_search import Found, OwnSearch
from synthlift.run.subset import first_written, subset_of
from synthlift.storage.ledger import ScoreRow, TrialResult
from synthlift.study.catalog import ENSEMBLE, FILTERED, LEAKAGE, SEARCHED, TREATMENT, WRITTEN_HERE, resolve
from synthlift.study.trials import DRAWS, Trial, reference_of, setting_of
from synthlift.study.workload import Source, Workload

__all__ = ["ALONE", "Evaluate"]

FloatArray = NDArray[np.float64]

# conditions whose trials are never run side by side with others: two models, and texts that never come back
ALONE = frozenset({ENSEMBLE, *WRITTEN_HERE})
IN_FULL_PRECISION = {"precision": "fp32", "attention": "eager"}


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
        return self.together((trial,))[0]

    def together(self, trials: Sequence[Trial]) -> list[TrialResult]:
        """Run one trial, or several of one classifier that trains together, none of them to be run `ALONE`."""
        started = time.perf_counter()
        composed = [self._composed(trial) for trial in trials]
        fitted = self._fitted(trials, composed)
        results = [self._result(*one) for one in zip(trials, composed, fitted, strict=True)]
        seconds = (time.perf_counter() - started) / len(trials)
        return [replace(result, seconds=seconds) for result in results]

    def _fitted(
        self, trials: Sequence[Trial], composed: Sequence[Composition | NotApplicable]
    ) -> list[Classifier | NotApplicable]:
        """Return the classifier of each trial, or why there is none."""
        ready = {place: one for place, one in enumerate(composed) if isinstance(one, Composition)}
        fitted: dict[int, Classifier | NotApplicable] = {}
        try:
            if len(ready) > 1:
                together: Any = self._kept(trials[0].classifier)
                streams = [self._stream(trials[place]) for place in ready]
                classifiers = together.fit_together([one.training for one in ready.values()], streams)
                fitted = dict(zip(ready, classifiers, strict=True))
            else:
                fitted = {place: self._fit(trials[place], one) for place, one in ready.items()}
        except NotApplicable as answer:
            fitted = dict.fromkeys(ready, answer)
        refused = {place: one for place, one in enumerate(composed) if isinstance(one, NotApplicable)}
        return [{**fitted, **refused}[place] for place in range(len(trials))]

    def _result(
        self, trial: Trial, composition: Composition | NotApplicable, classifier: Classifier | NotApplicable
    ) -> TrialResult:
        key = self._workload.key(trial)
        if isinstance(composition, NotApplicable) or isinstance(classifier, NotApplicable):
            reason = next(one.reason for one in (composition, classifier) if isinstance(one, NotApplicable))
            return TrialResult(key, trial.name, trial.spec, "not-applicable", reason)
        training = composition.training
        proba = classifier.predict_proba(self._workload.test.texts)
        held_out, truth = classifier.held_out_proba_, training.labels[training.tuning_rows]
        tuned = tune_threshold(held_out, truth).threshold
        per_label = tune_per_label(held_out, truth, tuned)
        validation = self._validation(trial, classifier, tuned)
        scores, arrays = self._score(proba, {"tuned": tuned, "per-label": per_label, "fixed": FIXED})
        searched = self._searched(trial, classifier)
        facts = {
            **classifier.facts_,
            **composition.facts,
            **validation,
            **searched.facts,
            "threshold": tuned if np.isfinite(tuned) else None,
            "n_rows": len(training),
            "n_added": len(training) - trial.n_real if trial.condition != "synthetic" else len(training),
        }
        scores, arrays = (*scores, *searched.scores), arrays | dict(searched.arrays)
        return TrialResult(key, trial.name, trial.spec, "done", None, scores, arrays, facts)

    def _composed(self, trial: Trial) -> Composition | NotApplicable:
        try:
            return self._compose(trial)
        except NotApplicable as answer:
            return answer

    def _compose(self, trial: Trial) -> Composition:
        recipe: Recipe = resolve("conditions", trial.condition)
        rng = stream(self._workload.seed, "compose", trial.condition, trial.replicate)
        composition = recipe(self._sources(trial), rng)
        chosen_on = self._workload.validation
        if len(chosen_on) == 0:
            return composition
        validation = (tuple(chosen_on.texts), chosen_on.label_matrix())
        return replace(composition, training=replace(composition.training, validation=validation))

    def _stream(self, trial: Trial) -> np.random.Generator:
        """Return one stream for all conditions of a replicate: they share their inner folds."""
        return stream(self._workload.seed, "fit", trial.replicate)

    def _fit(self, trial: Trial, composition: Composition) -> Classifier:
        rng = self._stream(trial)
        if trial.condition == ENSEMBLE:
            return EnsembleClassifier(partial(self._made, trial.classifier)).fit(composition.training, rng=rng)
        if trial.condition in WRITTEN_HERE:
            # its texts never come back, and a classifier that remembers what it counted would keep them all
            return self._made(trial.classifier).fit(composition.training, rng=rng)
        return self._kept(trial.classifier).fit(composition.training, rng=rng)

    def _kept(self, name: str) -> Classifier:
        """Return the one classifier of this worker by that name, which remembers what it has read."""
        if name not in self._classifiers:
            self._classifiers[name] = self._made(name)
        return self._classifiers[name]

    def _made(self, name: str) -> Classifier:
        """Make a classifier of the study, or the twin of one for the numerics audit."""
        load = self._workload
        learner = load.learner_of(name)
        if name != reference_of(setting_of(name)):
            return made_classifier(learner, load.analyzer, load.embeddings)
        learner = replace(learner, settings={**learner.settings, **IN_FULL_PRECISION})
        try:
            return made_classifier(learner, load.analyzer, load.embeddings)
        except BadConfiguration:
            raise NotApplicable("computed in double precision: nothing to compare") from None

    def _validation(self, trial: Trial, classifier: Classifier, tuned: float) -> dict[str, float | None]:
        """Score the treatment on validation documents where there are several generators to choose from."""
        load = self._workload
        if trial.condition != TREATMENT or len(load.sources) < 2 or len(load.validation) == 0:
            return {}
        predicted = classifier.predict_proba(load.validation.texts) >= tuned
        score = thresholded_scores(predicted, load.validation.label_matrix(), np.arange(len(predicted)))["micro-F1"]
        return {"validation": score.value if score else None}

    def _searched(self, trial: Trial, classifier: Classifier) -> Found:
        """Rank real documents by a condition's own vectors, where that is asked: draws and twins check other scores."""
        is_check = trial.regime == DRAWS or trial.n_synthetic is not None
        if trial.condition not in SEARCHED or is_check or trial.classifier != setting_of(trial.classifier):
            return Found()
        return self._search.found(classifier)

    @cached_property
    def _search(self) -> OwnSearch:
        return OwnSearch(self._workload)

    def _sources(self, trial: Trial) -> Sources:
        """Draw the real subset of the replicate, and what may be added to it."""
        load = self._workload
        subset = subset_of(load, trial.n_real, trial.replicate)
        real = subset.real
        empty = Source(Corpus((), real.labels), {}, {})
        source = load.sources[trial.generator] if trial.generator is not None else empty
        generator: TextGenerator = resolve("generators", "recorded")(source.corpus)
        rng = stream(load.seed, "generate", trial.replicate)
        # beside no real document, those that were written from any of the pool
        synthetic = generator.generate(real if len(real) else load.train, len(source.corpus), rng=rng)
        if trial.n_synthetic is not None:
            order = stream(load.seed, "volume", trial.replicate)
            synthetic = first_written(synthetic, source.corpus, trial.n_synthetic, order)
        if trial.generator is not None and len(synthetic) == 0:
            raise NotApplicable("no synthetic document was written from this subset")
        if trial.condition in LEAKAGE:
            synthetic = self._unnamed(synthetic)
        if trial.condition in WRITTEN_HERE:
            source = self._written(trial, real, subset.group, len(synthetic))
            synthetic = source.corpus
        row_of = {identity: row for row, identity in enumerate(real.ids)}
        parent = [row_of.get(source.parent.get(identity, ""), -1) for identity in synthetic.ids]
        sources = Sources(
            real=real,
            real_group=subset.group,
            synthetic=synthetic,
            parent=np.array(parent, dtype=np.int64),
            family=np.array([source.family[identity] for identity in synthetic.ids], dtype=np.int64),
            spare=subset.left,
            spare_group=subset.left_group,
        )
        return self._agreeing(trial, sources) if trial.condition == FILTERED else sources

    def _unnamed(self, synthetic: Corpus) -> Corpus:
        """Take the words that name labels out of the texts.

        All labels' words, not a document's own alone: else the name of a label would be left in texts of other labels
        only, and teach that it speaks against the label.
        """
        keywords = self._workload.keywords
        if not keywords.has_any.any():
            raise NotApplicable(NO_KEYWORD)
        return Corpus(tuple(replace(one, text=keywords.without(one.text)) for one in synthetic), synthetic.labels)

    def _agreeing(self, trial: Trial, sources: Sources) -> Sources:
        """Leave the synthetic documents that classifiers of this very subset agree with."""
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


def _row(metric: Metric, score: Influenced | None) -> ScoreRow:
    if score is None:
        return ScoreRow(str(metric), None, None, "undefined: no label is true, or predicted, in any test document")
    return ScoreRow(str(metric), None, score.value, None)
