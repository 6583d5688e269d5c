"""An ordered, immutable set of documents with the order of its labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.document import Document

__all__ = ["Corpus"]

SHOWN = 5


@dataclass(frozen=True)
class Corpus:
    """Documents and the label order that every label matrix follows.

    Attributes
    ----------
    documents : tuple of Document
        In file order.
    labels : tuple of str
        Column order of `label_matrix`; a superset of the labels that occur.
    """

    documents: tuple[Document, ...]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, documents: Iterable[Document], labels: Sequence[str] | None = None) -> Corpus:
        """Build a corpus; without `labels` the order is the sorted set of those that occur."""
        kept = tuple(documents)
        known = tuple(labels) if labels is not None else tuple(sorted({name for d in kept for name in d.labels}))
        return cls(kept, known)

    def __len__(self) -> int:
        return len(self.documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents)

    @property
    def texts(self) -> list[str]:
        """The texts, in document order."""
        return [document.text for document in self.documents]

    @property
    def ids(self) -> list[str]:
        """The ids, in document order."""
        return [document.id for document in self.documents]

    def take(self, rows: Iterable[int]) -> Corpus:
        """Return the documents at `rows`, in that order, with the same label order."""
        return Corpus(tuple(self.documents[int(row)] for row in rows), self.labels)

    @cached_property
    def _matrix(self) -> NDArray[np.bool_]:
        column = {name: index for index, name in enumerate(self.labels)}
        matrix = np.zeros((len(self.documents), len(self.labels)), dtype=bool)
        for row, document in enumerate(self.documents):
            for name in document.labels:
                matrix[row, column[name]] = True
        matrix.setflags(write=False)
        return matrix

    def label_matrix(self) -> NDArray[np.bool_]:
        """Return the read-only label matrix, bool ``(n_docs, n_labels)``.

        Examples
        --------
        >>> corpus = Corpus.of([Document("1", "a", ("x",)), Document("2", "b", ("x", "y"))])
        >>> corpus.label_matrix().astype(int).tolist()
        [[1, 0], [1, 1]]
        """
        return self._matrix

    def _repr_html_(self) -> str:
        """Show the first documents in a notebook; texts are foreign and escaped."""
        rows = "".join(
            f"<tr><td>{escape(d.id)}</td><td>{escape(', '.join(d.labels))}</td><td>{escape(d.text[:200])}</td></tr>"
            for d in self.documents[:SHOWN]
        )
        head = f"<caption>{len(self)} documents, {len(self.labels)} labels</caption>"
        return f"<table>{head}<tr><th>id</th><th>labels</th><th>text</th></tr>{rows}</table>"

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over every field of every document and the label order."""
        digest = hashlib.sha256(json.dumps(self.labels).encode())
        for d in self.documents:
            origin = (d.origin.generator, d.origin.parents, d.origin.request, d.origin.family) if d.origin else None
            digest.update(json.dumps([d.id, d.text, d.labels, d.group, origin]).encode())
        return digest.hexdigest()
