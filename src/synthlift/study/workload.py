"""Everything that the trials of a run read, as plain values that travel to worker processes once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus
from synthlift.corpus.keywords import Keywords, label_keywords
from synthlift.corpus.shingles import Analyzer
from synthlift.corpus.subsets import nested_order
from synthlift.metrics.leakage import naming
from synthlift.randomness import stream
from synthlift.study.catalog import LEAKAGE
from synthlift.study.config import Setting
from synthlift.study.trials import Trial, fingerprint, setting_of

__all__ = ["Learner", "SentenceEncoder", "Source", "Workload"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """The kept synthetic documents of one generator.

    Attributes
    ----------
    corpus : Corpus
    parent : mapping of str to str
        Synthetic id to the id of its one parent, recorded or inferred.
    family : mapping of str to int
        Synthetic id to its family: children of one parent, or near-duplicates.
    """

    corpus: Corpus
    parent: Mapping[str, str]
    family: Mapping[str, int]

    @cached_property
    def identity(self) -> str:
        """SHA-256 of the documents, their parents and families: other ones are other trials."""
        return fingerprint({"corpus": self.corpus.fingerprint, "parent": self.parent, "family": self.family})


@dataclass(frozen=True)
class Learner:
    """How a classifier of the study is made.

    Attributes
    ----------
    family : str
        Its name in the catalogue.
    settings : mapping of str to scalar
        Keyword arguments.
    identity : str or None
        SHA-256 of settings and weights; None where there are no settings.
    trains_together : bool
        Whether trials of it go quicker side by side, in one worker.
    """

    family: str
    settings: Mapping[str, Setting] = field(default_factory=dict)
    identity: str | None = None
    trains_together: bool = False


@dataclass(frozen=True, slots=True)
class SentenceEncoder:
    """A sentence encoder: folder or Hub name, commit, and SHA-256 of its weights."""

    model: str
    revision: str | None
    identity: str


@dataclass(frozen=True)
class Workload:
    """Corpora with one label order, and their groups.

    Attributes
    ----------
    train, validation, spare, test : Corpus
        Validation documents choose among generators and nothing else.
    train_group, spare_group, test_group : ndarray of int
        Near-duplicate groups; test groups count from 0.
    sources : mapping of str to Source
        By generator.
    seed : int
    identity : str
        SHA-256 of data, split, seed and method: part of every trial's key.
    analyzer : {"word", "char"}
        What texts are cut into, by every classifier that does not bring a tokenizer of its own.
    written_here : bool
        Whether the study wrote the synthetic documents itself, so that `identity` does not cover them.
    learners : mapping of str to Learner
        By the names of classifiers that have settings; what is missing is a family of the catalogue as it stands.
    embeddings : str or None
        Folder of vectors that were computed before the trials.
    encoder : SentenceEncoder or None
        A sentence encoder in whose vectors likeness is measured too.
    descriptions : mapping of str to str
        What labels mean, of those for which it is known: words that name them are looked for in texts.
    """

    train: Corpus
    train_group: IntArray
    validation: Corpus
    spare: Corpus
    spare_group: IntArray
    test: Corpus
    test_group: IntArray
    sources: Mapping[str, Source]
    seed: int
    identity: str
    analyzer: Analyzer = "word"
    written_here: bool = False
    learners: Mapping[str, Learner] = field(default_factory=dict)
    embeddings: str | None = None
    encoder: SentenceEncoder | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)

    @property
    def source_identity(self) -> dict[str, str]:
        """What identifies the documents of each generator beside `identity`; empty where that covers them."""
        return {name: source.identity for name, source in self.sources.items()} if self.written_here else {}

    def measured_identity(self, generator: str) -> str:
        """Return what identifies the documents and weights that a generator's texts are measured with."""
        encoder = None if self.encoder is None else self.encoder.identity
        told = {"descriptions": dict(self.descriptions)} if self.descriptions else {}
        return fingerprint({"source": self.source_identity.get(generator), "encoder": encoder, **told})

    def key(self, trial: Trial) -> str:
        """Return the key of a trial on these documents."""
        source = self.source_identity.get(trial.generator or "")
        learner = self.learner_of(trial.classifier).identity
        keywords = self.keywords.words if trial.condition in LEAKAGE else None
        return trial.key(self.identity, source, learner, keywords)

    def learner_of(self, classifier: str) -> Learner:
        """Return how a classifier is made; the twin of a numerics audit is made as what it is the twin of."""
        name = setting_of(classifier)
        return self.learners.get(name, Learner(name))

    @property
    def learner_identity(self) -> dict[str, str]:
        """What identifies the settings and weights of each classifier that has some."""
        return {name: one.identity for name, one in self.learners.items() if one.identity is not None}

    def subset_order(self, replicate: int) -> NDArray[np.intp]:
        """Return the order of training documents whose first N are those of a replicate."""
        return nested_order(self.train.label_matrix(), stream(self.seed, "subset", replicate))

    @cached_property
    def keywords(self) -> Keywords:
        """The words that name the labels."""
        return label_keywords(self.descriptions, self.train, self.analyzer)

    def naming(self, corpus: Corpus) -> IntArray:
        """Tell of each document whether it has a keyword of one of its labels, as `metrics.leakage.naming` does."""
        return naming(self.keywords.found(corpus.texts), corpus.label_matrix(), self.keywords.has_any)

    def test_truth(self) -> dict[str, list[list[int]] | list[int]]:
        """Return what a report needs to read predictions, as JSON.

        Label columns and group of each test document, and whether it names one of its labels.
        """
        rows = [np.flatnonzero(row).tolist() for row in self.test.label_matrix()]
        return {"labels": rows, "group": self.test_group.tolist(), "naming": self.naming(self.test).tolist()}
