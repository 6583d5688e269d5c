"""A small study on a fake server that logs every hit, and the account of what killing its run has cost."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthlift.simulation import Simulator
from synthlift.study.catalog import DEFAULT_CONDITIONS

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))  # the fake server

from fake_llm import FakeServer, hit_key  # type: ignore[import-not-found]

__all__ = ["CONCURRENCY", "Account", "Asked", "FakeServer", "History", "outcome", "read_asked", "write_study"]

CONCURRENCY = 8
N_DOCUMENTS = 60
SPLITS = ("train", "train", "train", "train", "test", "test")
FILES = ("summary.json", "report.html", "documents.csv", "scores.parquet")
SETTLE_S = 0.1
STUDY = """
replicates = 1
conditions = {conditions}
[corpus]
real = "real.jsonl"
split_column = "split"
[models.small]
model = "fake"
endpoints = ["{url}"]
concurrency = {concurrency}
[[generators]]
name = "synthesis"
label = "from labels"
model = "small"
family = ["standard-patent", "technical-summary"]
n = {n_synthesis}
[[generators]]
name = "paraphrase"
label = "from seeds"
model = "small"
n = {n_paraphrase}
[filters]
{filters}
"""


def write_study(
    folder: Path,
    url: str,
    volumes: tuple[int, int] = (60, 40),
    filters: str = "",
    conditions: Sequence[str] = DEFAULT_CONDITIONS,
) -> Path:
    """Write 60 simulated documents, 40 of which train, and a study of both ways of writing; return its file.

    `volumes` are the numbers of texts from labels and from seeds, `filters` the lines of that table.
    """
    rows = [
        {"id": each.id, "text": each.text, "labels": list(each.labels), "split": SPLITS[place % len(SPLITS)]}
        for place, each in enumerate(Simulator(3, n_labels=4, family_rate=0.0).documents(N_DOCUMENTS))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "real.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    n_synthesis, n_paraphrase = volumes
    content = STUDY.format(
        url=url,
        concurrency=CONCURRENCY,
        n_synthesis=n_synthesis,
        n_paraphrase=n_paraphrase,
        filters=filters,
        conditions=json.dumps(list(conditions)),
    )
    path = folder / "study.toml"
    path.write_text(content, encoding="utf-8")
    return path


def outcome(run: Path) -> dict[str, bytes]:
    """Return all that a run is for: summary, report, tables and the data set, by path."""
    data = [path for path in (run / "artefacts" / "synthetic").rglob("*") if path.is_file()]
    paths = [*(run / name for name in FILES), *data]
    return {str(path.relative_to(run)): path.read_bytes() for path in paths if path.exists()}


@dataclass(frozen=True)
class Asked:
    """What the ledger of a run folder holds of its requests.

    Attributes
    ----------
    body : mapping of str to str
        What the server knows each request by, by its key.
    answer : mapping of str to str
        SHA-256 of each raw answer, by the request's key.
    n_listed : Counter of str
        Attempts that have an answer or are listed as lost and maybe billed, by body.
    n_lost : int
        Attempts listed as lost and maybe billed; some were never sent.
    """

    body: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, str] = field(default_factory=dict)
    n_listed: Counter[str] = field(default_factory=Counter)
    n_lost: int = 0


def read_asked(run: Path) -> Asked:
    """Read a ledger that no process has open; from a copy, since to recover it is for the next run to do."""
    if not (run / "ledger.db").exists():
        return Asked()
    with tempfile.TemporaryDirectory() as scratch:
        for path in run.glob("ledger.db*"):
            shutil.copy(path, scratch)
        connection = sqlite3.connect(Path(scratch) / "ledger.db")
        requests = connection.execute("SELECT id, key, spec FROM request").fetchall()
        answers = connection.execute("SELECT request_id, content FROM response").fetchall()
        attempts = connection.execute("SELECT request_id, outcome, billed FROM attempt").fetchall()
        connection.close()
    key = {number: key for number, key, _ in requests}
    body = {key: hit_key(_body(json.loads(spec))) for _, key, spec in requests}
    lost = [number for number, told, billed in attempts if (told, billed) == ("lost", "maybe")]
    done = [number for number, told, _ in attempts if told == "done"]
    return Asked(
        body,
        {key[number]: hashlib.sha256(content).hexdigest() for number, content in answers},
        Counter(body[key[number]] for number in [*done, *lost]),
        len(lost),
    )


def _body(spec: Mapping[str, Any]) -> dict[str, Any]:
    messages = [{"role": role, "content": content} for role, content in spec["messages"]]
    return {"model": spec["model"], "messages": messages, **spec["sampling"], "seed": spec["seed"]}


@dataclass(frozen=True)
class Account:
    """What kills have cost.

    Attributes
    ----------
    n_folders, n_kills : int
    n_gone : int
        Answers of which the ledger had a row at a kill, and no such row at the end.
    n_asked_again : int
        Requests sent although the ledger had their answer.
    n_paid_twice : int
        Requests that the server answered or was answering, and whose answer a kill kept from the ledger.
    most_paid_twice : int
        Of these by one kill.
    n_unlisted : int
        Hits with neither an answer nor an attempt listed as maybe billed in the ledger.
    n_lost : int
        Attempts listed as maybe billed.
    n_different : int
        Folders whose outcome is not, byte for byte, that of the uninterrupted run.
    """

    n_folders: int = 0
    n_kills: int = 0
    n_gone: int = 0
    n_asked_again: int = 0
    n_paid_twice: int = 0
    most_paid_twice: int = 0
    n_unlisted: int = 0
    n_lost: int = 0
    n_different: int = 0

    def __add__(self, other: Account) -> Account:
        """Add up two accounts."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__}
        return Account(**sums | {"most_paid_twice": max(self.most_paid_twice, other.most_paid_twice)})


class History:
    """Of one run folder: what ledger and server had seen whenever a process on it had ended.

    Parameters
    ----------
    run : Path
    server : FakeServer
        Asked by this run alone.
    """

    def __init__(self, run: Path, server: FakeServer) -> None:
        self._run, self._server = run, server
        self._seen: list[tuple[Asked, int]] = [(Asked(), 0)]
        self._n_kills = 0

    @property
    def last(self) -> Asked:
        """What the ledger had when the last process had ended."""
        return self._seen[-1][0]

    def note(self, *, killed: bool) -> bool:
        """Look at ledger and server now that a process has ended; return whether it has sent anything."""
        time.sleep(SETTLE_S)  # what lies in the server's sockets is still to be read
        self._seen.append((read_asked(self._run), len(self._server.hits())))
        self._n_kills += killed
        return self._seen[-1][1] > self._seen[-2][1]

    def account(self, expected: Mapping[str, bytes]) -> Account:
        """Return what all kills so far have cost; `expected` is the outcome of an uninterrupted run."""
        hits = [str(hit["key"]) for hit in self._server.hits()]
        end = self.last
        gone = {item for asked, _ in self._seen for item in asked.answer.items()} - set(end.answer.items())
        runs = list(zip(self._seen, self._seen[1:], strict=False))
        # equal between the end of one process and that of the next, but for what the latter's end kept from the ledger
        twice = [n_after - n - (len(after.answer) - len(asked.answer)) for (asked, n), (after, n_after) in runs]
        again = [_beyond(hits[n:n_after], asked, end) for (asked, n), (_, n_after) in runs]
        unlisted = Counter(hits) - end.n_listed
        different = outcome(self._run) != expected
        costs = (len(gone), sum(again), sum(twice), max(twice), unlisted.total(), end.n_lost, int(different))
        return Account(1, self._n_kills, *costs)


def _beyond(hits: Sequence[str], before: Asked, end: Asked) -> int:
    """Count hits beyond one for each request that had no answer before; some requests are the same to a server."""
    wanted = Counter(end.body.values()) - Counter(end.body[key] for key in before.answer if key in end.body)
    return (Counter(hits) - wanted).total()
