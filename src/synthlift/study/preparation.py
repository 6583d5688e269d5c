"""From two files to a workload: read, split, take out what overlaps, find parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus import Corpus, Document
from synthlift.corpus.groups import connected, same
from synthlift.corpus.overlap import beside_test, dropped_synthetic, pairs_within
from synthlift.corpus.parents import Nearest, nearest_train
from synthlift.corpus.reading import Reading, read_real, read_synthetic
from synthlift.corpus.shingles import NearPairs, near_pairs, shingle_matrix
from synthlift.corpus.splits import Split, draw_split, read_split
from synthlift.errors import BadConfiguration, InputRejected, Rejection
from synthlift.randomness import stream
from synthlift.study.config import METHOD_VERSION
from synthlift.study.facts import DocumentRow, Facts, corpus_facts, document_rows
from synthlift.study.input import Input
from synthlift.study.label_texts import read_descriptions
from synthlift.study.trials import fingerprint
from synthlift.study.workload import Source, Workload

__all__ = ["Prepared", "RealSide", "combine", "identity_of", "prepare", "read_real_side"]

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Prepared:
    """A workload, what identifies it, and what the report says about it.

    Attributes
    ----------
    workload : Workload
    identity : dict
        Data, split, seed and method, as JSON: a run folder belongs to one of these.
    facts : Facts
    documents : tuple of DocumentRow
        Every synthetic document that was read, for documents.csv.
    near_test : Corpus
        Synthetic documents dropped as near-duplicates of test documents: a comparison with held-out text needs them.
    """

    workload: Workload
    identity: dict[str, object]
    facts: Facts
    documents: tuple[DocumentRow, ...]
    near_test: Corpus


@dataclass(frozen=True)
class RealSide:
    """All real documents with their roles, as they are whatever is added to them.

    Attributes
    ----------
    corpus : Corpus
        REAL, then the test file.
    group : ndarray of int, shape (n_docs,)
        Near-duplicates and families.
    split : Split
    beside : ndarray of bool, shape (n_docs,)
        Which are taken out because a test document is near.
    real, test : Reading, and Reading or None
    """

    corpus: Corpus
    group: IntArray
    split: Split
    beside: NDArray[np.bool_]
    real: Reading
    test: Reading | None

    def rows(self, role: str) -> NDArray[np.intp]:
        """Return the rows of a role that are used."""
        return np.flatnonzero((self.split.role == role) & ~self.beside)

    def part(self, role: str) -> Corpus:
        """Return the documents of a role that are used."""
        return self.corpus.take(self.rows(role))

    def role_of(self) -> dict[str, str]:
        """Return the role of each document by id; of those beside a test document it is ``test``."""
        # a test file may number its documents as REAL does: a parent is looked up in REAL, which stands first
        roles = np.where(self.beside, "test", self.split.role)
        return dict(zip(reversed(self.corpus.ids), reversed(roles.tolist()), strict=True))


def prepare(given: Input, seed: int) -> Prepared:
    """Read the files of an audit and prepare a workload.

    Raises
    ------
    InputRejected
        For any fault of the files, and where nothing is left to train on, to add or to test on.
    """
    if given.synthetic is None:
        raise BadConfiguration("got no file of synthetic documents, expected one")
    side = read_real_side(given, seed)
    known = side.corpus.labels
    reading = read_synthetic(given.synthetic, given.columns, known_labels=known, where=given.where, by=given.by)
    return combine(side, reading, given, seed)


def read_real_side(given: Input, seed: int) -> RealSide:
    """Read, group and split the real documents.

    Raises
    ------
    InputRejected
        For any fault of the files, and where nothing is left to train or to test on.
    """
    real = read_real(given.real, given.columns, where=given.real_where, drop_empty=given.drop_empty)
    whole = replace(given.columns, split=None)  # every document of a test file tests
    test = read_real(given.test, whole, drop_empty=given.drop_empty) if given.test else None
    corpus = Corpus.of([*real.documents, *(test.documents if test else ())])
    near = near_pairs(shingle_matrix(corpus.texts, given.analyzer))
    group = connected(len(corpus), pairs_within(near, 0, len(corpus)), same([d.group for d in corpus]))
    split = _split(given, real, test, corpus, group, seed)
    side = RealSide(corpus, group, split, beside_test(split.role, group), real, test)
    if side.rows("test").size == 0:
        message = f"no test document ({split.description}); name one with --test, or a split with --split-column"
        raise InputRejected([Rejection(str(given.real), 0, "no-test", message)])
    if side.rows("train").size == 0:
        message = "every training document is near to a test document, or of one group with it; give another split"
        raise InputRejected([Rejection(str(given.real), 0, "no-train", message)])
    return side


def combine(side: RealSide, reading: Reading, given: Input, seed: int) -> Prepared:
    """Add synthetic documents: take out what overlaps the test set, find parents, sort by generator.

    Without a file of synthetic documents (`given.synthetic` is None) they were written for this study: then they are no
    part of what identifies the run, and each trial is known by those that it uses.

    Raises
    ------
    InputRejected
        Where nothing is left to add.
    """
    corpus, group = side.corpus, side.group
    synthetic = Corpus(_knowing_parents(reading.documents, frozenset(corpus.ids)), corpus.labels)
    near = near_pairs(shingle_matrix([*corpus.texts, *synthetic.texts], given.analyzer))
    parents = [document.origin.parents if document.origin else () for document in synthetic]
    is_test = np.isin(np.arange(len(corpus)), side.rows("test"))
    dropped = dropped_synthetic(parents, side.role_of(), near, is_test)
    kept = np.array([row for row in range(len(synthetic)) if row not in dropped], dtype=np.intp)
    if kept.size == 0:
        counts = Counter([*dropped.values(), *(reason for _, _, reason in reading.dropped_documents)])
        told = ", ".join(f"{n} {reason}" for reason, n in counts.items())
        message = f"no synthetic document is left ({told}); check the split and the parent column"
        if given.synthetic is None:
            message = f"no document is left of what was written ({told}); look at the answers, or at [filters]"
        raise InputRejected([Rejection(str(given.synthetic or given.real), 0, "no-synthetic", message)])
    train, train_group = side.part("train"), group[side.rows("train")]
    nearest = nearest_train(synthetic.texts, train.texts, train_group, given.analyzer)
    sources = _sources(synthetic, kept, train, nearest, near, len(corpus))
    identity = identity_of(given, side, reading, seed)
    workload = Workload(
        train=train,
        train_group=train_group,
        validation=side.part("validation"),
        spare=side.part("spare"),
        spare_group=group[side.rows("spare")],
        test=side.part("test"),
        test_group=np.unique(group[side.rows("test")], return_inverse=True)[1].astype(np.int64),
        sources=sources,
        seed=seed,
        identity=fingerprint(identity),
        analyzer=given.analyzer,
        written_here=given.synthetic is None,
        descriptions=read_descriptions(
            given.descriptions,
            corpus.labels,
            "--descriptions" if given.synthetic is not None else "corpus.descriptions",
        ),
    )
    facts = corpus_facts(workload, reading, side.real, dropped, side.split.description, side.split.role, side.beside)
    near_test = synthetic.take(row for row, reason in dropped.items() if reason == "near-test")
    return Prepared(workload, identity, facts, document_rows(reading, dropped, train, nearest), near_test)


def _knowing_parents(documents: Iterable[Document], known: frozenset[str]) -> tuple[Document, ...]:
    """Leave out parents that no real document is: nobody can say whether these are in a subset."""

    def knowing(document: Document) -> Document:
        if document.origin is None or known.issuperset(document.origin.parents):
            return document
        parents = tuple(parent for parent in document.origin.parents if parent in known)
        return replace(document, origin=replace(document.origin, parents=parents))

    return tuple(knowing(document) for document in documents)


def _split(
    given: Input,
    real_reading: Reading,
    test_reading: Reading | None,
    corpus: Corpus,
    group: IntArray,
    seed: int,
) -> Split:
    column = given.columns.split
    if test_reading is not None:
        n_real, n_test = len(real_reading.documents), len(test_reading.documents)
        if column is None:
            role = np.array(["train"] * n_real + ["test"] * n_test, dtype="<U10")
            return Split(role, f"test file: {n_real} train, {n_test} test")
        values = [*real_reading.splits, *["test"] * n_test]
        mapping = given.split_values and {**given.split_values, "test": "test"}
        return read_split(values, mapping, str(given.real), column)
    if column is not None:
        return read_split(real_reading.splits, given.split_values, str(given.real), column)
    return draw_split(corpus, group, stream(seed, "split"))


def _sources(
    synthetic: Corpus, kept: NDArray[np.intp], train: Corpus, nearest: Nearest, near: NearPairs, n_real: int
) -> dict[str, Source]:
    """Sort the kept documents by generator, in order of first appearance, with their parents and families."""
    in_train = set(train.ids)
    parent: dict[str, str] = {}
    for row in kept:
        document = synthetic.documents[row]
        recorded = [p for p in (document.origin.parents if document.origin else ()) if p in in_train]
        if len(recorded) == 1:
            parent[document.id] = recorded[0]
        elif not recorded and nearest.parent[row] >= 0:
            parent[document.id] = train.documents[nearest.parent[row]].id
    siblings = same([parent.get(document.id) for document in synthetic])
    family = connected(len(synthetic), pairs_within(near, n_real, n_real + len(synthetic)), siblings)
    rows_of: dict[str, list[int]] = {}
    for row in kept:
        origin = synthetic.documents[row].origin
        rows_of.setdefault(origin.generator if origin else "synthetic", []).append(int(row))
    sources = {}
    for generator, rows in rows_of.items():
        corpus = synthetic.take(rows)
        # counted from 0 within the source: who else wrote must not change what identifies it
        own = np.unique(family[rows], return_inverse=True)[1]
        families = dict(zip(corpus.ids, own.tolist(), strict=True))
        sources[generator] = Source(corpus, {i: parent[i] for i in corpus.ids if i in parent}, families)
    return sources


def identity_of(given: Input, side: RealSide, synthetic: Reading | None, seed: int) -> dict[str, object]:
    """Return what a run folder belongs to, as JSON; documents that the study writes itself are no part of it."""
    columns = asdict(given.columns)
    identity: dict[str, object] = {
        "real data": side.real.sha256,
        "test data": side.test.sha256 if side.test else None,
        "synthetic data": synthetic.sha256 if synthetic else None,
        "columns": {name: list(value) if isinstance(value, tuple) else value for name, value in columns.items()},
        "--where": {key: sorted(values) for key, values in given.where.items()},
        "--real-where": {key: sorted(values) for key, values in given.real_where.items()},
        "split": side.split.description,
        "split values": dict(given.split_values) if given.split_values is not None else None,
        "--by": given.by,
        "--drop-empty": given.drop_empty,
        "--analyzer": given.analyzer,
        "seed": seed,
        "method version": METHOD_VERSION,
    }
    if given.synthetic is None:
        del identity["synthetic data"]
    return identity
