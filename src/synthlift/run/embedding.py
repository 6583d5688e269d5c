"""Vectors of all known texts, computed once before the trials, for the classifiers that read frozen ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from synthlift.models.embeddings import embedder_of
from synthlift.run.progress import Observer
from synthlift.study.workload import Workload

__all__ = ["Encoding", "embedded"]

FAMILY = "embedding"


@dataclass(frozen=True, slots=True)
class Encoding:
    """Texts encoded of how many, as progress."""

    total: int
    done: int
    resumed: int = 0

    def line(self) -> str:
        """Say it in one line."""
        return f"{self.done}/{self.total} texts encoded"


def embedded(workload: Workload, folder: Path, observe: Observer | None = None) -> Workload:
    """Return the workload with the folder of its texts' vectors; as it is, where no classifier reads vectors.

    Texts that a trial writes are not known yet: the worker adds their vectors to the folder.

    Parameters
    ----------
    workload : Workload
    folder : Path
        Made where it is not there; several runs may share it.
    observe : Observer, optional
        Is told after some thousands of texts.

    Raises
    ------
    BadConfiguration
        For weights that cannot be loaded.
    Stopped
        Where the folder cannot be written.
    """
    learners = [one for one in workload.learners.values() if one.family == FAMILY and "model" in one.settings]
    texts = _texts(workload) if learners else []
    for learner in learners:
        revision = learner.settings.get("revision")
        embed = embedder_of(str(learner.settings["model"]), None if revision is None else str(revision), str(folder))
        embed(texts, None if observe is None else lambda done, total: observe(Encoding(total, done)))
    reads = bool(learners) or workload.encoder is not None
    return replace(workload, embeddings=str(folder)) if reads else workload


def _texts(workload: Workload) -> list[str]:
    """Return every text that is known before the trials."""
    real = (workload.train, workload.validation, workload.spare, workload.test)
    corpora = (*real, *(source.corpus for source in workload.sources.values()))
    return [text for corpus in corpora for text in corpus.texts]
