"""Who writes: the generators that a study file names, each with the model that it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from synthlift.corpus import Corpus
from synthlift.errors import BadConfiguration
from synthlift.generators.families import Family, load_family
from synthlift.generators.orders import Order, Written
from synthlift.generators.paraphrase import ParaphraseGenerator
from synthlift.generators.synthesis import SynthesisGenerator
from synthlift.models.request import ChatModel, ChatRequest, Reply, Unanswered
from synthlift.randomness import stream
from synthlift.study.label_texts import read_descriptions, read_label_sets
from synthlift.study.served_models import ServedModel
from synthlift.study.study_file import GeneratorTable, StudyFile

__all__ = ["NobodyAsked", "Writer", "writers"]


@dataclass(frozen=True)
class Writer:
    """A generator of the study, ready to be asked.

    Attributes
    ----------
    table : GeneratorTable
    served : ServedModel
    families : tuple of Family
    n : int
        Documents that are asked for.
    """

    table: GeneratorTable
    served: ServedModel
    families: tuple[Family, ...]
    n: int
    seed: int
    generator: SynthesisGenerator | ParaphraseGenerator

    def orders(self, train: Corpus) -> list[Order]:
        """Return what will be asked, without asking."""
        return self.generator.orders(train, self.n, rng=self._rng())

    def write(self, train: Corpus) -> list[Written]:
        """Ask, and return each document, or why there is none."""
        return self.generator.write(train, self.n, rng=self._rng())

    def _rng(self) -> np.random.Generator:
        return stream(self.seed, "write", self.table.title)


class NobodyAsked:
    """A model for plans: prompts can be made, and nobody is there to answer."""

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """Raise, since a plan asks nothing."""
        raise BadConfiguration(f"got {len(requests)} requests in a plan, expected none")


def writers(
    study: StudyFile, train: Corpus, served: Mapping[str, ServedModel], models: Mapping[str, ChatModel]
) -> list[Writer]:
    """Return the study's writers, in its order, after checking all that they need.

    Raises
    ------
    BadConfiguration
        For an unknown family or template variable, a label without description where names are left out, and label sets
        that cannot be.
    """
    descriptions = read_descriptions(study.descriptions, train.labels)
    return [
        _writer(study, table, train, served[table.model], models[table.model], descriptions)
        for table in study.generators
    ]


def _writer(
    study: StudyFile,
    table: GeneratorTable,
    train: Corpus,
    served: ServedModel,
    model: ChatModel,
    descriptions: Mapping[str, str],
) -> Writer:
    families = tuple(load_family(_family(study, name)) for name in table.family)
    generator: SynthesisGenerator | ParaphraseGenerator
    if table.name == "synthesis":
        sets = table.label_sets
        generator = SynthesisGenerator(
            model,
            served.pool,
            families,
            name=table.title,
            shots=table.shots,
            label_sets=sets if isinstance(sets, str) else read_label_sets(study.path(sets), train.labels),
            descriptions=descriptions,
            label_names=table.label_names,
            language=study.corpus.language,
            collection=study.corpus.collection,
            as_json=table.reply == "json",
        )
        generator.check(train)
        n = table.n or 0
    else:
        generator = ParaphraseGenerator(
            model,
            served.pool,
            families,
            name=table.title,
            language=study.corpus.language,
            collection=study.corpus.collection,
            as_json=table.reply == "json",
        )
        n = table.n if table.n is not None else len(train) * (table.per_seed or 1)
    return Writer(table, served, families, n, study.seed, generator)


def _family(study: StudyFile, name: str) -> str:
    """Return the name of a family that comes with the package, or the path of the user's own."""
    return str(study.path(Path(name))) if name.endswith(".toml") else name
