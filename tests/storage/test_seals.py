"""A seal is the sum of what its table holds, whatever was done to the table, and nothing but a healer mends it."""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.exchanges import Closed, Exchanges, Opened
from synthlift.storage.ledger import Damaged, Ledger, TrialResult
from synthlift.storage.seals import EMPTY, SEALED, shift_seal, unbroken, write_seal

ROWS = [("a", "1" * 64), ("b", "f" * 64), ("c", 3, "0" * 64), ("ü", None)]


def _seals_alone() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE seal (part TEXT PRIMARY KEY, sha256 TEXT NOT NULL)")
    connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, sha256 TEXT)")
    connection.execute("INSERT INTO seal VALUES ('meta', ?)", (EMPTY,))
    return connection


def _seal(connection: sqlite3.Connection, part: str) -> str:
    return str(connection.execute("SELECT sha256 FROM seal WHERE part = ?", (part,)).fetchone()[0])


def test_order_does_not_matter():
    """Rows give one seal in any order and grouping, and another one each for any other rows."""
    seals = set()
    for order in itertools.permutations(ROWS):
        for cut in range(len(ROWS)):
            with closing(_seals_alone()) as connection:
                shift_seal(connection, "meta", added=order[:cut])
                shift_seal(connection, "meta", added=order[cut:])
                seals.add(_seal(connection, "meta"))
    assert len(seals) == 1
    with closing(_seals_alone()) as connection:
        for row in ROWS:
            shift_seal(connection, "meta", added=[row])
            seals.add(_seal(connection, "meta"))
    assert len(seals) == len(ROWS)


def test_added_and_taken_away():
    """What is added and taken away again leaves no trace, also where the sum passes zero or 2**256 on its way."""
    with closing(_seals_alone()) as connection:
        shift_seal(connection, "meta", added=[], removed=ROWS)
        assert _seal(connection, "meta") != EMPTY
        shift_seal(connection, "meta", added=ROWS * 3, removed=ROWS * 2)
        assert _seal(connection, "meta") == EMPTY
        assert len(EMPTY) == 64


def test_sum_by_hand():
    """The seal of two rows is the sum of the hashes of their canonical JSON."""
    with closing(_seals_alone()) as connection:
        shift_seal(connection, "meta", added=ROWS[:2])
        by_hand = sum(int(sha256(canonical(list(row))), 16) for row in ROWS[:2]) % 2**256
        assert _seal(connection, "meta") == f"{by_hand:064x}"
        connection.executemany("INSERT INTO meta VALUES (?, ?)", ROWS[:2])
        assert unbroken(connection, "meta")


def _trial(number: int, status: str, seconds: float) -> TrialResult:
    reason = None if status == "done" else "crashed"
    return TrialResult(f"{number:064x}", f"trial {number}", {}, status, reason, seconds=seconds)


class _Writers:
    """A ledger and its exchanges, and what may be written next."""

    def __init__(self, ledger: Ledger, exchanges: Exchanges) -> None:
        self._ledger = ledger
        self._exchanges = exchanges
        self._n: dict[int, int] = {}
        self._open: dict[int, Opened] = {}
        self._answered: set[int] = set()

    def put(self, number: int) -> None:
        self._ledger.put(f"name {number % 3}", number)

    def fail(self, number: int) -> None:
        if f"{number:064x}" not in self._ledger.keys():  # noqa: SIM118 (not a mapping)
            self._ledger.record([_trial(number, "failed", 1.5)])

    def record(self, number: int) -> None:
        self._ledger.record([_trial(number, "done", 0.25 * number), _trial(number + 1, "done", 2.0)])

    def ask(self, number: int) -> None:
        if number not in self._open and number not in self._answered:
            self._n[number] = self._n.get(number, 0) + 1
            spec = canonical({"ordinal": number, "pool": "small"})
            first = spec if self._n[number] == 1 else None
            self._open[number] = Opened(sha256(spec), self._n[number], "1", 0.5, first)
            self._exchanges.write([self._open[number]])

    def answer(self, number: int) -> None:
        if (of := self._open.pop(number, None)) is not None:
            self._answered.add(number)
            self._exchanges.write([Closed(of.request_key, of.n, "done", 200, None, "yes", 0.5, 1, 2, b"x")])

    def lose(self, _: int) -> None:
        self._exchanges.close_open()
        self._open.clear()


NAMES = ("put", "fail", "record", "ask", "answer", "lose")


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 4)), max_size=25))
@settings(max_examples=60, deadline=None)
def test_incremental_is_recomputed(actions):
    """After any sequence of writes each seal is what counting all rows anew gives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with Ledger.open(path) as ledger, Exchanges.open(path) as exchanges:
            for connection in (ledger._connection.raw, exchanges._connection.raw):
                connection.execute("PRAGMA synchronous=OFF")  # quicker
            writers = _Writers(ledger, exchanges)
            for name, number in actions:
                getattr(writers, name)(number)
            raw = exchanges._connection.raw
            for part in SEALED:
                kept = _seal(raw, part)
                write_seal(raw, part)
                assert kept == _seal(raw, part)


DAMAGES = {
    "digit": "CASE substr(sha256, 64) WHEN '0' THEN substr(sha256, 1, 63) || '1' ELSE substr(sha256, 1, 63) || '0' END",
    "capitals": "upper(sha256)",
    "blanks": "' ' || sha256",
    "prefix": "'0x' || sha256",
    "underscore": "substr(sha256, 1, 9) || '_' || substr(sha256, 10)",
    "cut": "substr(sha256, 1, 63)",
    "empty": "''",
    "no number": "'other'",
    "not UTF-8": "CAST(x'ff41' AS TEXT)",
    "of none": f"'{EMPTY}'",
}


@pytest.mark.parametrize("damage", [*DAMAGES.values(), None], ids=[*DAMAGES, "gone"])
def test_a_damaged_seal_stays_damaged(tmp_path, damage):
    """No write mends a seal that does not hold, or its table; discarding damage does, and nothing is lost by it."""
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger, Exchanges.open(path) as exchanges:
        writers = _Writers(ledger, exchanges)
        for name, number in (("put", 1), ("record", 1), ("ask", 1), ("answer", 1), ("ask", 2)):
            getattr(writers, name)(number)
        raw = exchanges._connection.raw
        raw.execute("DELETE FROM seal" if damage is None else f"UPDATE seal SET sha256 = {damage}")  # noqa: S608
        broken = {part: not unbroken(raw, part) for part in SEALED}
        assert all(broken.values())
        with pytest.raises(Damaged):
            writers.put(2)
        for name, number in (("record", 1), ("record", 3), ("ask", 3), ("answer", 2), ("lose", 0), ("ask", 4)):
            getattr(writers, name)(number)
            assert not any(unbroken(raw, part) for part in SEALED)
        assert ledger.discard_damaged() == ()
        assert exchanges.discard_damaged() == 0
        assert [part for part in SEALED if not unbroken(raw, part)] == ["meta"]
        assert len(list(ledger.results())) == 4
        assert exchanges.account().n_attempts == 4
        assert exchanges.account().n_answered == 2


@pytest.mark.parametrize("column", ["seal", "sha256"])
def test_recording_over_a_damaged_hash(tmp_path, column):
    """A trial whose stored hash is no text any more is recorded again, and its seal is right or stays broken."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        ledger.record([_trial(1, "done", 1.0), _trial(2, "done", 1.0)])
        raw = ledger._connection.raw
        raw.execute(f"UPDATE trial SET {column} = CAST(x'ff41' AS TEXT) WHERE name = 'trial 1'")  # noqa: S608
        ledger.record([_trial(1, "done", 1.0)])
        assert ledger.damaged() == ()
        assert unbroken(raw, "trial")  # the very rows that it was closed with
