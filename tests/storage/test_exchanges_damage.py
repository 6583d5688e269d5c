"""No answer that was not written ever leaves the ledger; what is damaged is removed on request, and asked again."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from synthlift.errors import Refused
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.exchanges import Closed, Exchanges, Opened
from synthlift.storage.seals import unbroken

PARTS = ("request", "attempt", "response")
N = 12
IN_FLIGHT = N - 1  # the last one is on its way


def _opened(number: int, n: int = 1) -> Opened:
    spec = canonical({"messages": [["user", f"Write {number}."]], "ordinal": f"test/{number}", "pool": "small"})
    return Opened(sha256(spec), n, "1", 1_700_000_000.25 + number, spec if n == 1 else None)


def _done(of: Opened, content: bytes) -> Closed:
    return Closed(of.request_key, of.n, "done", 200, None, "yes", 0.5, 10, 20, content)


KEYS = [_opened(i).request_key for i in range(N)]
TRUTH = {key: f"answer {i} ".encode() * 40 for i, key in enumerate(KEYS) if i != IN_FLIGHT}


@pytest.fixture
def finished(tmp_path) -> Path:
    """Give a ledger of requests that each failed once and then were answered, but for the last."""
    path = tmp_path / "ledger.db"
    with Exchanges.open(path) as exchanges:
        exchanges.write([_opened(i) for i in range(N)])
        exchanges.write([Closed(key, 1, "transient", 503, "http-503", "no", 0.25, None, None, None) for key in TRUTH])
        exchanges.write([_opened(i, 2) for i in range(N - 1)])
        exchanges.write([_done(_opened(i, 2), TRUTH[KEYS[i]]) for i in range(N - 1)])
    return path


def _change(path: Path, statement: str, *values: object) -> int:
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).rowcount


def _broken(exchanges: Exchanges) -> list[str]:
    return [part for part in PARTS if not unbroken(exchanges._connection.raw, part)]


def _only_truth(exchanges: Exchanges) -> dict[str, bytes]:
    """Return the answers, none of which may be another than was written."""
    found = exchanges.answered([*KEYS, "other"])
    assert found.items() <= TRUTH.items()
    return found


def _discard(exchanges: Exchanges) -> None:
    """Discard what is damaged, and check that what stays is consistent and that each sum is one of whole rows."""
    n = exchanges.discard_damaged()
    kept = _only_truth(exchanges)
    account = exchanges.account()
    assert _broken(exchanges) == []
    assert exchanges.discard_damaged() == 0
    assert _broken(exchanges) == []
    assert account.n_answered == len(kept) <= len(TRUTH) - n
    outcomes = Counter(account.n_by_outcome)
    assert outcomes.total() == account.n_attempts
    assert outcomes <= Counter({"done": N - 1, "transient": N - 1, "open": 1})
    assert (account.prompt_tokens, account.completion_tokens) == (10 * outcomes["done"], 20 * outcomes["done"])
    assert account.n_maybe_billed == account.n_unknown_usage == 0
    assert set(exchanges.last_outcomes(KEYS).values()) <= {("done", None), ("transient", "http-503"), (None, None)}
    assert max(exchanges.n_attempts(KEYS).values()) <= 2


def _ask_again(exchanges: Exchanges) -> None:
    """Ask what has no answer, as a run does; then all have one."""
    exchanges.close_open()
    missing = [key for key in KEYS if key not in _only_truth(exchanges)]
    before = exchanges.n_attempts(missing)
    again = [_opened(KEYS.index(key), before[key] + 1) for key in missing]
    exchanges.write(again)
    exchanges.write([_done(each, b"new") for each in again])
    answers = exchanges.answered(KEYS)
    assert answers == dict.fromkeys(missing, b"new") | {key: TRUTH[key] for key in KEYS if key not in missing}
    assert exchanges.account().n_requests == exchanges.account().n_answered == N
    assert exchanges.discard_damaged() == 0
    assert _broken(exchanges) == []
    assert exchanges.answered(KEYS) == answers


EDITS = {
    "TEXT": ("'other'", "CAST(x'ff41' AS TEXT)", "{0} || ' '", "''", "'{{}}'"),
    "INTEGER": ("coalesce({0}, 0) + 1000",),
    "REAL": ("coalesce({0}, 0) + 0.5",),
    "BLOB": ("substr({0}, 2)", "CAST('other' AS BLOB)", "x''"),
}


def _edits(path: Path) -> list[tuple[str, str, str]]:
    """Return table, column and new value for each column of what was exchanged."""
    connection = sqlite3.connect(path)
    found = []
    for table in PARTS:
        for _, column, kind, required, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
            values = [*EDITS[kind], *([] if required else ["NULL"])]
            found += [(table, column, value.format(column)) for value in values]
    connection.close()
    return found


@pytest.mark.parametrize("of", [3, IN_FLIGHT], ids=["answered", "in flight"])
@pytest.mark.parametrize("table", PARTS)
def test_changed_columns(finished, table, of):
    """Any change of any column is never answered from, is removed by discarding, and spares all other requests."""
    whole = finished.read_bytes()
    number = of + 1 if _column(finished, "request", 0) == "id" else KEYS[of]
    mine = {KEYS[of]}
    for name, column, value in _edits(finished):
        if name != table:
            continue
        finished.write_bytes(whole)
        of_request = _column(finished, table, 0)
        try:
            changed = _change(finished, f"UPDATE {table} SET {column} = {value} WHERE {of_request} = ?", number)  # noqa: S608
        except sqlite3.IntegrityError:  # no damage of one row can do that
            continue
        assert changed == {"request": 1, "attempt": 1 + (of == 3), "response": int(of == 3)}[table]
        with Exchanges.open_readonly(finished) as exchanges:
            assert set(_only_truth(exchanges)) >= set(TRUTH) - mine
        with Exchanges.open(finished) as exchanges:
            others = [key for key in KEYS if key not in mine]
            before = (exchanges.n_attempts(others), exchanges.last_outcomes(others))
            _discard(exchanges)
            assert (exchanges.n_attempts(others), exchanges.last_outcomes(others)) == before
            assert set(_only_truth(exchanges)) >= set(TRUTH) - mine
            _ask_again(exchanges)


def _column(path: Path, table: str, place: int) -> str:
    connection = sqlite3.connect(path)
    name = connection.execute(f"PRAGMA table_info({table})").fetchall()[place][1]
    connection.close()
    return str(name)


def test_answers_of_another(finished):
    """An answer with its hash, put under another request or attempt, is no answer of that one."""
    _change(
        finished,
        "UPDATE response SET (content, sha256) = (SELECT content, sha256 FROM response r WHERE r.rowid = 5) "
        "WHERE rowid IN (2, 3)",
    )
    _change(finished, "UPDATE response SET n = 1 WHERE rowid = 7")
    with Exchanges.open(finished) as exchanges:
        assert set(TRUTH) - set(_only_truth(exchanges)) == {KEYS[1], KEYS[2], KEYS[6]}
        assert exchanges.discard_damaged() == 3
        assert len(_only_truth(exchanges)) == N - 4
        _ask_again(exchanges)


@pytest.mark.parametrize("table", PARTS)
def test_rows_gone(finished, table):
    """A row that is gone breaks its seal; writing does not mend that, discarding does."""
    first = _column(finished, table, 0)
    gone = f"DELETE FROM {table} WHERE {first} = (SELECT {first} FROM {table} ORDER BY {first} LIMIT 1)"  # noqa: S608
    assert _change(finished, gone)
    new = _opened(N)
    with Exchanges.open(finished) as exchanges:
        assert _broken(exchanges) == [table]
        exchanges.write([new, _done(new, b"later")])
        exchanges.close_open()
        _only_truth(exchanges)
        assert _broken(exchanges) == [table]
    with Exchanges.open(finished) as exchanges:
        assert exchanges.discard_damaged() == (1 if table == "request" else 0)
        assert _broken(exchanges) == []
        assert exchanges.answered([new.request_key]) == {new.request_key: b"later"}
        exchanges.discard_damaged()
        assert _broken(exchanges) == []
        assert len(_only_truth(exchanges)) == N - 1 - (table != "attempt")


@pytest.mark.parametrize("change", ["DELETE FROM seal", "UPDATE seal SET sha256 = 'other'"])
def test_seals_gone(finished, change):
    """Seals that are gone or no numbers stay so until damage is discarded, and no row is lost by that."""
    _change(finished, f"{change} WHERE part IN ('request', 'attempt', 'response')")
    with Exchanges.open(finished) as exchanges:
        exchanges.write([_opened(N)])
        assert _broken(exchanges) == list(PARTS)
        assert exchanges.discard_damaged() == 0
        assert _broken(exchanges) == []
        assert _only_truth(exchanges) == TRUTH


def test_random_bit_flips(finished):
    """After any of 300 flips each answer is the one written, or the file is refused, or asking again makes it good."""
    whole = finished.read_bytes()
    rng = random.Random(20261)
    starts = [page for page in range(0, len(whole), 4096) if any(whole[page : page + 100])]
    noticed = 0
    for number in range(300):
        # half of them where the tree and its keys are
        place = rng.randrange(len(whole)) if number % 2 else rng.choice(starts) + rng.randrange(100)
        flipped = bytearray(whole)
        flipped[place] ^= 1 << rng.randrange(8)
        finished.write_bytes(flipped)
        try:
            with Exchanges.open_readonly(finished) as exchanges:
                lost = len(TRUTH) - len(_only_truth(exchanges))
            with Exchanges.open(finished) as exchanges:
                exchanges._connection.raw.execute("PRAGMA synchronous=OFF")  # quicker
                lost += len(_broken(exchanges))
                _discard(exchanges)
                lost += len(TRUTH) - len(_only_truth(exchanges))
                _ask_again(exchanges)
        except Refused:
            lost = 1
        noticed += lost > 0
        for suffix in ("-wal", "-shm"):
            finished.with_name(f"ledger.db{suffix}").unlink(missing_ok=True)
    assert noticed > 50  # the rest fell into room that holds nothing


def test_a_damaged_index_lets_a_request_in_twice(finished):
    """Where a request was asked anew because its key could not be found, its older answer counts in the next run."""
    whole = bytearray(finished.read_bytes())
    start = 4096 * (_index_page(finished) - 1)
    whole[whole.index(KEYS[3].encode(), start, start + 4096) + 60] ^= 1
    finished.write_bytes(whole)
    with Exchanges.open(finished) as exchanges:
        assert set(TRUTH) - set(_only_truth(exchanges)) == {KEYS[3]}
        assert exchanges.n_attempts([KEYS[3]]) == {KEYS[3]: 0}
        exchanges.write([_opened(3)])
        exchanges.write([_done(_opened(3), b"new")])
    with Exchanges.open(finished) as exchanges:
        assert exchanges.discard_damaged() == 1
        assert _only_truth(exchanges) == TRUTH
        assert _broken(exchanges) == []
        _ask_again(exchanges)


def _index_page(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE type = 'index'").fetchone()
    return int(page)


def test_flips_in_the_index(finished):
    """A flip in the index that finds a request by its key gives no answer of another, and is mended or refused."""
    whole = finished.read_bytes()
    end = 4096 * _index_page(finished)
    rng = random.Random(1)
    refused = 0
    for _ in range(100):
        flipped = bytearray(whole)
        flipped[end - 1 - rng.randrange(68 * N)] ^= 1 << rng.randrange(8)
        finished.write_bytes(flipped)
        try:
            with Exchanges.open(finished) as exchanges:
                exchanges._connection.raw.execute("PRAGMA synchronous=OFF")  # quicker
                _only_truth(exchanges)
                _discard(exchanges)
                _ask_again(exchanges)
        except Refused:
            refused += 1
        for suffix in ("-wal", "-shm"):
            finished.with_name(f"ledger.db{suffix}").unlink(missing_ok=True)
    assert refused < 10
