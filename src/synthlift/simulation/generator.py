"""A generator whose faults are known, so that what an audit says about it can be checked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus, Document, Origin
from synthlift.errors import BadConfiguration, show
from synthlift.simulation.knobs import Knobs
from synthlift.simulation.simulator import Simulator, check_part, draw_bits
from synthlift.simulation.tables import threshold
from synthlift.simulation.variants import light_edit, roots, varied
from synthlift.simulation.writer import HEAD_BITS, TEXT_BITS, Writer

__all__ = ["SimulatedGenerator"]

CHUNK = 4096
SOURCE, COPIES, REPEATS, EARLIER, MISLABELS, DONOR, EDIT, REFUSES = range(8)
N_DECISIONS = 8


class SimulatedGenerator:
    """Writes documents for label sets drawn from the training documents, as well or badly as its knobs say.

    Parameters
    ----------
    simulator : Simulator
        The law that real documents follow.
    knobs : Knobs
        How far it departs from that law.
    name : str
        Begins its ids and stands in each `Origin`.
    part : {"abstract", "claims"}
        What it writes.
    """

    def __init__(self, simulator: Simulator, knobs: Knobs, name: str, *, part: str = "abstract") -> None:
        self.knobs = knobs
        self.name = name
        self._part = check_part(part)
        self._simulator = simulator

    def generate(self, train: Corpus, n: int, *, rng: np.random.Generator) -> Corpus:
        """Return `n` documents, fewer where it refuses, with the training corpus's label order.

        A copy's origin names its parent; other documents have none, as they were written for a label set alone.

        Raises
        ------
        BadConfiguration
            No training documents, or a label that the simulator does not know.
        """
        if not len(train):
            raise BadConfiguration("got no training documents, expected at least one to draw label sets from")
        known = self._known_sets(train)
        documents: list[Document] = []
        for first in range(0, n, CHUNK):
            documents += self._chunk(train, known, first, min(CHUNK, n - first), rng)
        return Corpus(tuple(documents), train.labels)

    def _known_sets(self, train: Corpus) -> list[tuple[int, ...]]:
        place = {label: index for index, label in enumerate(self._simulator.labels)}
        unknown = sorted({label for document in train for label in document.labels} - set(place))
        if unknown:
            raise BadConfiguration(
                f"got a training document labelled {show(unknown[0])}, which the simulator does not know; "
                "train on documents of a simulator with the same n_labels"
            )
        return [tuple(place[label] for label in document.labels) for document in train]

    def _chunk(
        self, train: Corpus, known: Sequence[tuple[int, ...]], first: int, n: int, rng: np.random.Generator
    ) -> list[Document]:
        decisions = draw_bits(rng, n, N_DECISIONS)
        drawn = draw_bits(rng, n, TEXT_BITS)
        root = roots(decisions[:, [REPEATS, EARLIER]], self.knobs.duplication)
        bits = varied(drawn, root, HEAD_BITS, rng)
        sources = decisions[root, SOURCE].astype(np.int64) % len(train)
        is_copy = self._happens(decisions[root, COPIES], self.knobs.copying)
        is_mislabelled = self._happens(decisions[:, MISLABELS], self.knobs.label_noise)
        is_refused = self._happens(decisions[:, REFUSES], self.knobs.refusal)
        texts = self._texts(train, known, bits, sources, is_copy, decisions[:, EDIT])
        others = _OtherSets(train)
        made = []
        for row in np.flatnonzero(~is_refused).tolist():
            source = train.documents[int(sources[row])]
            labels = others.pick(source.labels, int(decisions[row, DONOR])) if is_mislabelled[row] else source.labels
            origin = Origin(self.name, (source.id,) if is_copy[row] else ())
            made.append(Document(f"{self.name}-{first + row:06d}", texts[row], labels, origin=origin))
        return made

    @staticmethod
    def _happens(bits: NDArray[np.uint32], probability: float) -> NDArray[np.bool_]:
        return np.asarray(bits.astype(np.int64) < threshold(probability))

    def _texts(
        self,
        train: Corpus,
        known: Sequence[tuple[int, ...]],
        bits: NDArray[np.uint32],
        sources: NDArray[np.int64],
        is_copy: NDArray[np.bool_],
        edits: NDArray[np.uint32],
    ) -> list[str]:
        rows = np.flatnonzero(~is_copy)
        written = iter(self._writer.write(bits[rows], [known[int(sources[row])] for row in rows]))
        return [
            light_edit(train.documents[int(sources[row])].text, int(edits[row])) if is_copy[row] else next(written)
            for row in range(len(bits))
        ]

    @cached_property
    def _writer(self) -> Writer:
        return Writer(
            self._simulator.vocabulary,
            self._simulator.grammar,
            self._part,
            coverage=self.knobs.coverage,
            faithfulness=self.knobs.faithfulness,
            style_shift=self.knobs.style_shift,
        )


class _OtherSets:
    """Label sets of the training documents that differ from a given one."""

    def __init__(self, train: Corpus) -> None:
        self._sets = [document.labels for document in train]
        self._others: dict[tuple[str, ...], list[tuple[str, ...]]] = {}

    def pick(self, labels: tuple[str, ...], bits: int) -> tuple[str, ...]:
        """Return another document's label set; the same where all documents have the same."""
        if labels not in self._others:
            self._others[labels] = [other for other in self._sets if other != labels] or [labels]
        others = self._others[labels]
        return others[bits % len(others)]
