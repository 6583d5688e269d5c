"""Paraphrase: a model says each training document in other words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synthlift.corpus import Corpus
from synthlift.generators.families import Family
from synthlift.generators.orders import Desk, Order, Written, as_material, corpus_of
from synthlift.models.request import ChatModel, ModelPool

__all__ = ["ParaphraseGenerator"]


class ParaphraseGenerator:
    """Ask a model to rewrite documents; a paraphrase has the labels of its source, which is its parent.

    Parameters
    ----------
    model : ChatModel
    pool : ModelPool
    families : sequence of Family
    name : str
        What the documents are listed under.
    language, collection : str
    as_json : bool
        As of `Desk`.
    """

    def __init__(
        self,
        model: ChatModel,
        pool: ModelPool,
        families: Sequence[Family],
        *,
        name: str,
        language: str = "English",
        collection: str = "",
        as_json: bool = False,
    ) -> None:
        self._desk = Desk(model, pool, families, name, "paraphrase", language, collection, as_json)

    def orders(self, train: Corpus, n: int, *, rng: np.random.Generator) -> list[Order]:
        """Return what will be asked: every document equally often, up to one, in rounds of one random order.

        A document's later rewritings are asked from another side of it. With several families each document goes to
        another one in the next round. Nothing is asked where there is no document.
        """
        # of a stream of its own: with a larger n the first requests stay the same, and are not bought again
        order = rng.spawn(1)[0].permutation(len(train)).tolist()
        orders = []
        for place in range(n if order else 0):
            round_, turn = divmod(place, len(order))
            source = train.documents[order[turn]]
            shown = {"source": as_material(source.text), "variant": round_ + 1}
            orders.append(self._desk.order(place, source.labels, [source], rng, turn=round_ + turn, **shown))
        return orders

    def write(self, train: Corpus, n: int, *, rng: np.random.Generator) -> list[Written]:
        """Ask, and return each document or why there is none."""
        return self._desk.carry_out(self.orders(train, n, rng=rng))

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return at most `n` documents: some answers hold none."""
        return corpus_of(self.write(train, n, rng=rng), train)
