"""Real documents with a planted truth: any range of an endless, reproducible series of labelled texts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from synthlift import randomness
from synthlift.corpus import Corpus, Document
from synthlift.errors import BadConfiguration, show
from synthlift.simulation.grammar import Grammar, patent_english
from synthlift.simulation.label_sets import LABEL_BITS, LabelModel
from synthlift.simulation.variants import roots, varied
from synthlift.simulation.vocabulary import Vocabulary, assistive_technology
from synthlift.simulation.writer import HEAD_BITS, PARTS, TEXT_BITS, Writer

__all__ = ["Simulator", "draw_bits"]

BLOCK = 256
FAMILY_BITS = 2
MIN_LABELS = 2


def draw_bits(rng: np.random.Generator, n_rows: int, n_columns: int) -> NDArray[np.uint32]:
    """Draw uint32 ``(n_rows, n_columns)``, the same on machines of either byte order."""
    drawn = np.frombuffer(rng.bytes(4 * n_rows * n_columns), dtype="<u4")
    return drawn.astype(np.uint32).reshape(n_rows, n_columns)


def check_part(part: str) -> str:
    """Return `part`, or refuse it."""
    if part not in PARTS:
        raise BadConfiguration(f"got the part {show(part)}, expected one of {list(PARTS)}; name one of them")
    return part


class Simulator:
    """Writes patent-like documents of assistive technology whose law is known.

    Document ``i`` of a stream depends on the seed, the stream's name and ``i``, through its block of 256: any range can
    be made alone.

    Parameters
    ----------
    seed : int
        Says everything that is drawn; >= 0.
    n_labels : int
        How many of the 64 labels occur, 2 to 64. The most frequent are taken; their order goes round the eight domains,
        so that ``n_labels = 12`` has two labels in four domains and one in the others.
    family_rate : float
        Share of documents that are edited variants of an earlier one in their block of 256, as in patent families.
    mark_families : bool
        Whether `Document.group` names the family; otherwise families must be found.

    Raises
    ------
    BadConfiguration
        A parameter out of its range.

    Examples
    --------
    >>> simulator = Simulator(0, n_labels=12)
    >>> [document.id for document in simulator.documents(2, start=40)]
    ['train-000040', 'train-000041']
    """

    def __init__(
        self, seed: int, *, n_labels: int = 64, family_rate: float = 0.04, mark_families: bool = False
    ) -> None:
        self.vocabulary: Vocabulary = assistive_technology()
        self.grammar: Grammar = patent_english()
        most = len(self.vocabulary.labels)
        if not MIN_LABELS <= n_labels <= most:
            raise BadConfiguration(f"got n_labels = {n_labels}, expected {MIN_LABELS} to {most}; choose one of those")
        if seed < 0:
            raise BadConfiguration(f"got seed = {seed}, expected 0 or more; choose another")
        if not 0 <= family_rate < 1:
            raise BadConfiguration(f"got family_rate = {family_rate}, expected 0 <= rate < 1; choose one of those")
        self.seed = seed
        self.n_labels = n_labels
        self._family_rate = family_rate
        self._marks_families = mark_families
        self._label_model = LabelModel(self.vocabulary, n_labels)
        self._writers: dict[str, Writer] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels that occur, the most frequent first."""
        return tuple(label.name for label in self.vocabulary.labels[: self.n_labels])

    @property
    def descriptions(self) -> dict[str, str]:
        """What each label means, in one line."""
        return {label.name: label.description for label in self.vocabulary.labels[: self.n_labels]}

    def documents(self, n: int, *, start: int = 0, part: str = "abstract", stream: str = "train") -> Iterator[Document]:
        """Yield documents ``start ... start + n - 1`` of a stream, one block of 256 in memory.

        Parameters
        ----------
        n, start : int
            The range, >= 0.
        part : {"abstract", "claims"}
            Which text of the documents; labels, ids and subject matter are the same.
        stream : str
            Differently named streams are independent draws from one law; the name begins each id.

        Raises
        ------
        BadConfiguration
            Another part, or a negative range.
        """
        check_part(part)
        if n < 0 or start < 0:
            raise BadConfiguration(f"got n = {n} and start = {start}, expected 0 or more; choose another range")
        return self._range(start, start + n, part, stream)

    def corpus(self, n: int, *, start: int = 0, part: str = "abstract", stream: str = "train") -> Corpus:
        """Return the same documents as a corpus with all labels of `labels`, in that order."""
        return Corpus.of(self.documents(n, start=start, part=part, stream=stream), self.labels)

    def _range(self, start: int, stop: int, part: str, stream: str) -> Iterator[Document]:
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            low, high = max(start - block * BLOCK, 0), min(stop - block * BLOCK, BLOCK)
            yield from self._block(block, low, high, part, stream)

    def _block(self, block: int, low: int, high: int, part: str, stream: str) -> Iterator[Document]:
        rng = randomness.stream(self.seed, "simulation", stream, block)
        drawn = draw_bits(rng, BLOCK, FAMILY_BITS + LABEL_BITS + TEXT_BITS)
        root = roots(drawn[:, :FAMILY_BITS], self._family_rate)
        bits = varied(drawn[:, FAMILY_BITS:], root, LABEL_BITS + HEAD_BITS, rng)[low:high]
        label_sets = self._label_model.draw(bits[:, :LABEL_BITS])
        texts = self._writer(part).write(bits[:, LABEL_BITS:], label_sets)
        names = self.labels
        first = block * BLOCK
        for row, text, labels in zip(range(low, high), texts, label_sets, strict=True):
            group = f"{stream}-family-{first + int(root[row]):06d}" if self._marks_families else None
            yield Document(f"{stream}-{first + row:06d}", text, tuple(sorted([names[i] for i in labels])), group)

    def _writer(self, part: str) -> Writer:
        if part not in self._writers:
            self._writers[part] = Writer(self.vocabulary, self.grammar, part)
        return self._writers[part]
