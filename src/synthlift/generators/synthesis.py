"""Full synthesis: a model writes documents for label sets, with or without examples of real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synthlift.corpus import Corpus, Document
from synthlift.errors import BadConfiguration, show
from synthlift.generators.families import Family
from synthlift.generators.label_sets import LabelSets, draw_label_sets
from synthlift.generators.orders import Desk, Order, Written, as_material, corpus_of, described
from synthlift.models.request import ChatModel, ModelPool

__all__ = ["SynthesisGenerator"]


class SynthesisGenerator:
    """Ask a model for documents about label sets.

    Parameters
    ----------
    model : ChatModel
    pool : ModelPool
    families : sequence of Family
    name : str
        What the documents are listed under.
    shots : int
        Real documents that each prompt shows as examples: those whose label sets are nearest to the one asked for.
    label_sets : {"empirical", "balanced"} or sequence of label sets
        As of `draw_label_sets`.
    descriptions : mapping of str to str
        What labels mean.
    label_names : bool
        Whether prompts name the labels; without names each label needs a description.
    language, collection : str
    as_json : bool
        As of `Desk`.

    Raises
    ------
    BadConfiguration
        For a negative number of shots, and families that cannot take turns.
    """

    def __init__(
        self,
        model: ChatModel,
        pool: ModelPool,
        families: Sequence[Family],
        *,
        name: str,
        shots: int = 0,
        label_sets: LabelSets = "empirical",
        descriptions: Mapping[str, str] | None = None,
        label_names: bool = True,
        language: str = "English",
        collection: str = "",
        as_json: bool = False,
    ) -> None:
        if shots < 0:
            raise BadConfiguration(f"{show(name)}: got {shots} shots, expected 0 or more")
        self._desk = Desk(model, pool, families, name, "synthesis", language, collection, as_json)
        self._shots = shots
        self._label_sets = label_sets
        self._descriptions = descriptions or {}
        self._label_names = label_names

    def check(self, train: Corpus) -> None:
        """Raise BadConfiguration where a label has no description and prompts may not name it."""
        if self._label_names:
            return
        given = () if isinstance(self._label_sets, str) else self._label_sets
        used = {label for labels in (*given, *(document.labels for document in train)) for label in labels}
        lacking = [label for label in train.labels if label in used and not self._descriptions.get(label)]
        if lacking:
            told = ", ".join(map(show, lacking[:5])) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
            raise BadConfiguration(
                f"label_names = false: {told} have no description, and a prompt without names has nothing else to go "
                "by: describe them in corpus.descriptions"
            )

    def orders(self, train: Corpus, n: int, *, rng: np.random.Generator) -> list[Order]:
        """Return what will be asked; the examples are from `train` and nowhere else.

        Raises
        ------
        BadConfiguration
            For what cannot be asked.
        """
        self.check(train)
        # of a stream of their own: with a larger n the first requests stay the same, and are not bought again
        sets = draw_label_sets(train, n, self._label_sets, rng.spawn(1)[0])
        chooser = _Examples(train, self._shots)
        return [self._order(place, labels, chooser, rng) for place, labels in enumerate(sets)]

    def _order(self, place: int, labels: tuple[str, ...], chooser: _Examples, rng: np.random.Generator) -> Order:
        shown = chooser.nearest(labels, rng)
        return self._desk.order(
            place,
            labels,
            shown,
            rng,
            turn=place,
            categories=[self._category(label) for label in labels],
            show_names=self._label_names,
            examples=[as_material(document.text) for document in shown],
        )

    def _category(self, label: str) -> dict[str, str]:
        # no template, not even the user's own, gets a name that it may not show
        return described(label, self._descriptions) | ({} if self._label_names else {"name": ""})

    def write(self, train: Corpus, n: int, *, rng: np.random.Generator) -> list[Written]:
        """Ask, and return each document or why there is none."""
        return self._desk.carry_out(self.orders(train, n, rng=rng))

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return at most `n` documents: some answers hold none."""
        return corpus_of(self.write(train, n, rng=rng), train)


class _Examples:
    """Finds the real documents whose label sets are nearest to one by Jaccard similarity, ties at random."""

    def __init__(self, train: Corpus, shots: int) -> None:
        self._documents = [document for document in train if document.labels]
        self._carries = Corpus(tuple(self._documents), train.labels).label_matrix()
        self._column = {label: place for place, label in enumerate(train.labels)}
        self._n_labels = self._carries.sum(axis=1)
        self._shots = shots

    def nearest(self, labels: tuple[str, ...], rng: np.random.Generator) -> list[Document]:
        """Return as many documents as shots, or all there are."""
        if self._shots == 0:
            return []
        shared = self._carries[:, [self._column[label] for label in labels]].sum(axis=1)
        similarity = shared / (self._n_labels + len(labels) - shared)
        order = np.lexsort((rng.random(len(similarity)), -similarity))
        return [self._documents[int(row)] for row in order[: self._shots]]
