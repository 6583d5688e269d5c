"""Simulated documents as files, so that a study of them goes the way of every other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from synthlift.corpus import Corpus, Document
from synthlift.corpus.frames import as_jsonl
from synthlift.errors import Refused, show
from synthlift.simulation import Simulator
from synthlift.storage.files import write_atomic
from synthlift.study.study_file import StudyFile

__all__ = ["place", "real_file", "rows_of", "simulated"]

COLLECTION = "abstracts of patents on assistive technology"


def simulated(study: StudyFile, folder: Path) -> StudyFile:
    """Return a study whose real documents lie in a file: one of simulated documents gets it in `folder`.

    Raises
    ------
    Refused
        Where other documents lie there.
    Stopped
        Where the disk is full or read-only.
    """
    table = study.corpus.simulated
    if table is None:
        return study
    simulator = Simulator(study.seed)
    numbers = {"train": table.train, "test": table.test, "spare": table.spare}
    parts = {name: simulator.corpus(n, stream=name) for name, n in numbers.items() if n}
    path = folder.absolute() / "real.jsonl"
    place(path, real_file(parts))
    corpus = {"real": path, "split_column": "split", "simulated": None}
    corpus |= {} if study.corpus.descriptions is not None else {"descriptions": simulator.descriptions}
    corpus |= {} if study.corpus.collection else {"collection": COLLECTION}
    return study.model_copy(update={"corpus": study.corpus.model_copy(update=corpus)})


def real_file(parts: Mapping[str, Corpus]) -> bytes:
    """Return real documents as JSON lines, each with the part it is of as its split."""
    return as_jsonl({**row, "split": split} for split, corpus in parts.items() for row in rows_of(corpus))


def rows_of(documents: Iterable[Document]) -> Iterator[dict[str, object]]:
    """Yield documents as rows of a file, synthetic ones with their generator and parent."""
    for document in documents:
        row: dict[str, object] = {"id": document.id, "text": document.text, "labels": list(document.labels)}
        if document.origin is not None:
            parents = document.origin.parents
            row |= {"generator": document.origin.generator, "origin_id": parents[0] if parents else None}
        yield row


def place(path: Path, content: bytes) -> None:
    """Write a simulated file, and never over that of another simulation: its ledger would no longer be of its files.

    Raises
    ------
    Refused
        Where another one lies there.
    """
    if not path.exists():
        write_atomic(path, content)
    elif path.read_bytes() != content:
        raise Refused(f"--out: {show(path)} is of a simulation of another seed or size; name another folder")
