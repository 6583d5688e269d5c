"""Requests, attempts and raw answers come back as they were written, whoever else writes to the ledger."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from synthlift.errors import Stopped
from synthlift.storage import exchanges as module
from synthlift.storage import failpoint as armed
from synthlift.storage.canonical import canonical, sha256
from synthlift.storage.exchanges import Account, Closed, Exchanges, Opened
from synthlift.storage.ledger import Ledger
from synthlift.storage.seals import SEALED, unbroken

NOTHING = (None, None, None)


def _opened(number: int, n: int = 1, pool: str = "small") -> Opened:
    spec = canonical({"ordinal": f"test/{number}", "pool": pool})
    return Opened(sha256(spec), n, "1", 1_700_000_000.25 + number, spec if n == 1 else None)


def _done(of: Opened, content: bytes, prompt: int | None = 10, completion: int | None = 20) -> Closed:
    return Closed(of.request_key, of.n, "done", 200, None, "yes", 0.5, prompt, completion, content)


def _failed(of: Opened, outcome: str = "transient", reason: str = "http-503", billed: str = "no") -> Closed:
    return Closed(of.request_key, of.n, outcome, None, reason, billed, 0.25, *NOTHING)


def _is_whole(exchanges: Exchanges) -> bool:
    """Whether nothing is damaged: each seal holds, and there is nothing to discard."""
    holds = all(unbroken(exchanges._connection.raw, part) for part in SEALED)
    return holds and exchanges.discard_damaged() == 0 and all(unbroken(exchanges._connection.raw, p) for p in SEALED)


def test_round_trip(tmp_path):
    """Answers, numbers of attempts and last outcomes come back, to a later run and to a reader; one file is left."""
    path = tmp_path / "ledger.db"
    first, second, third, fourth = (_opened(i) for i in range(4))
    again = _opened(1, n=2)
    keys = [each.request_key for each in (first, second, third, fourth)]
    with Exchanges.open(path) as exchanges:
        exchanges.write([])
        exchanges.write([first, second, third])
        exchanges.write([_done(first, b"one"), _failed(second)])
        exchanges.write([again])
    with Exchanges.open(path) as exchanges:
        exchanges.write([_done(again, b"two"), _failed(third, "item", "http-400")])
        assert _is_whole(exchanges)
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]
    with Exchanges.open_readonly(path) as exchanges:
        assert exchanges.answered([*keys, "absent"]) == {keys[0]: b"one", keys[1]: b"two"}
        assert exchanges.n_attempts(keys) == dict(zip(keys, (1, 2, 1, 0), strict=True))
        assert exchanges.last_outcomes(keys) == {
            keys[0]: ("done", None),
            keys[1]: ("done", None),
            keys[2]: ("item", "http-400"),
        }
        assert exchanges.answered([]) == exchanges.n_attempts([]) == exchanges.last_outcomes(iter(())) == {}
        with pytest.raises(Stopped, match="read-only"):
            exchanges.write([fourth])


def test_in_flight_has_no_outcome(tmp_path):
    """An attempt on its way hides what came of the one before; opened and closed in one call it is closed."""
    attempt, again, quick = _opened(1), _opened(1, n=2), _opened(2)
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write([attempt, _failed(attempt), again])
        exchanges.write([_done(quick, b"at once"), quick])
        assert exchanges.last_outcomes([again.request_key]) == {again.request_key: (None, None)}
        assert exchanges.answered([quick.request_key]) == {quick.request_key: b"at once"}
        assert _is_whole(exchanges)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe'; --", "ü\u2028\u202e".encode(), bytes(1_000_000)])
def test_answers_are_bytes(tmp_path, content):
    """An answer is kept as it came, whatever its bytes."""
    attempt = _opened(1)
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write([attempt, _done(attempt, content)])
        assert exchanges.answered([attempt.request_key]) == {attempt.request_key: content}
        assert _is_whole(exchanges)


def test_whole_numbers_of_seconds(tmp_path):
    """Times that are whole numbers, or a negative zero, are not taken for damage later."""
    attempts = [Opened(_opened(i).request_key, 1, "1", at, _opened(i).spec) for i, at in enumerate((0, 5, -0.0))]
    closed = [
        Closed(each.request_key, 1, "item", 400, "x", "no", seconds, *NOTHING)
        for each, seconds in zip(attempts, (3, -0.0, 0), strict=True)
    ]
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write([*attempts, *closed])
        exchanges.discard_damaged()
        assert exchanges.account().n_attempts == 3
        assert _is_whole(exchanges)


def test_account(tmp_path):
    """Sums are those of all attempts, of each pool and in all; unknown usage and what may be billed are counted."""
    path = tmp_path / "ledger.db"
    a, b, c, d = _opened(1), _opened(2), _opened(3, pool="large"), _opened(4, pool="large")
    b2 = _opened(2, n=2)
    with Exchanges.open(path) as exchanges:
        assert exchanges.account() == Account()
        exchanges.write([a, b, c, d])
        exchanges.write([_done(a, b"A", 7, 11), _failed(b, reason="timeout", billed="maybe"), b2])
        exchanges.write([_done(c, b"C", 100, None)])
    small = Account(2, 1, 3, {"done": 1, "open": 1, "transient": 1}, 1, 7, 11, 0)
    large = Account(2, 1, 2, {"done": 1, "open": 1}, 0, 100, 0, 1)
    both = Account(4, 2, 5, {"done": 2, "open": 2, "transient": 1}, 1, 107, 11, 1, {"large": large, "small": small})
    with Exchanges.open_readonly(path) as exchanges:
        assert exchanges.account() == both
    with Exchanges.open(path) as exchanges:
        assert exchanges.close_open() == 2
        account = exchanges.account()
        assert account.n_by_outcome == {"done": 2, "lost": 2, "transient": 1}
        assert account.n_maybe_billed == 3
        assert account.by_pool["large"].n_maybe_billed == 1
        assert (account.prompt_tokens, account.completion_tokens, account.n_unknown_usage) == (107, 11, 1)


def test_close_open(tmp_path):
    """What was in flight when a run ended is lost and maybe billed, once; what was closed stays as it was."""
    path = tmp_path / "ledger.db"
    a, b, c = (_opened(i) for i in range(3))
    with Exchanges.open(path) as exchanges:
        exchanges.write([a, b, c, _done(a, b"A")])
    with Exchanges.open(path) as exchanges:
        assert exchanges.close_open() == 2
        assert exchanges.close_open() == 0
        keys = [each.request_key for each in (a, b, c)]
        assert list(exchanges.last_outcomes(keys).values()).count(("lost", None)) == 2
        assert exchanges.last_outcomes(keys)[a.request_key] == ("done", None)
        again = _opened(1, n=2)
        exchanges.write([again, _done(again, b"B")])
        assert exchanges.answered(keys) == {a.request_key: b"A", b.request_key: b"B"}
        assert _is_whole(exchanges)


def test_more_than_one_statement_takes(tmp_path):
    """Thousands of keys and events at once are all written and all found."""
    attempts = [_opened(i) for i in range(3501)]
    keys = [each.request_key for each in attempts]
    assert len(keys) > 7 * module.CHUNK
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write(attempts)
        exchanges.write([_done(each, each.request_key.encode()) for each in attempts])
        assert exchanges.answered(keys) == {key: key.encode() for key in keys}
        assert exchanges.n_attempts([*keys, "absent"]) == dict.fromkeys(keys, 1) | {"absent": 0}
        assert exchanges.last_outcomes(keys) == dict.fromkeys(keys, ("done", None))
        assert exchanges.account().prompt_tokens == 35_010
        assert _is_whole(exchanges)


def _state(exchanges: Exchanges, keys: list[str]) -> tuple:
    asked = (exchanges.answered(keys), exchanges.n_attempts(keys), exchanges.last_outcomes(keys))
    return (*asked, exchanges.account())


def test_full_disk_at_each_step(tmp_path, monkeypatch):
    """Whatever step of a call meets a full disk, nothing of it is written, and the same call succeeds later."""
    old, older, new = _opened(1), _opened(2), _opened(3)
    keys = [each.request_key for each in (old, older, new)]
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write([old, older])
        calls = (
            lambda: exchanges.write([new, _done(old, b"answer"), _done(new, b"new")]),
            exchanges.close_open,
            exchanges.discard_damaged,
        )
        for call in calls:
            for k in itertools.count(1):
                before = _state(exchanges, keys)
                monkeypatch.setattr(armed, "_calls", itertools.count(1))
                monkeypatch.setenv("SYNTHLIFT_FAIL_AT", str(k))
                try:
                    call()
                    break
                except Stopped as stop:
                    assert "No space left" in str(stop)  # noqa: PT017 (the loop ends where none is raised)
                finally:
                    monkeypatch.delenv("SYNTHLIFT_FAIL_AT")
                assert _state(exchanges, keys) == before
            assert k > 3
        assert exchanges.answered(keys) == {old.request_key: b"answer", new.request_key: b"new"}
        assert exchanges.last_outcomes(keys)[older.request_key] == ("lost", None)
        assert exchanges.account().n_requests == 3
        assert _is_whole(exchanges)
    with Exchanges.open_readonly(tmp_path / "ledger.db") as exchanges:
        assert set(exchanges.answered(keys)) == {old.request_key, new.request_key}


def test_after_a_full_disk_attempts_in_flight_are_closed(tmp_path, monkeypatch):
    """A call that met a full disk does not keep the answers of earlier calls from being written."""
    first, second = _opened(1), _opened(2)
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        exchanges.write([first])
        monkeypatch.setattr(armed, "_calls", itertools.count(1))
        monkeypatch.setenv("SYNTHLIFT_FAIL_AT", "4")
        with pytest.raises(Stopped):
            exchanges.write([second])
        monkeypatch.delenv("SYNTHLIFT_FAIL_AT")
        exchanges.write([_done(first, b"paid for")])
        assert exchanges.answered([first.request_key]) == {first.request_key: b"paid for"}
        assert exchanges.account().n_requests == 1
        assert _is_whole(exchanges)


def test_beside_a_ledger_and_in_a_thread(tmp_path, make_result):
    """A run's ledger records in one thread while exchanges are written in another; both lose nothing."""
    path = tmp_path / "ledger.db"
    attempts = [_opened(i) for i in range(60)]
    with Ledger.open(path) as ledger:
        with Exchanges.open(path) as exchanges, ThreadPoolExecutor(1) as thread:
            for number, each in enumerate(attempts):
                written = thread.submit(exchanges.write, [each, _done(each, b"%d" % number)])
                if number % 6 == 0:
                    ledger.put(f"at {number}", number)
                    ledger.record([make_result(number)])
                written.result()
            assert len(thread.submit(exchanges.answered, [e.request_key for e in attempts]).result()) == 60
            assert _is_whole(exchanges)
        ledger.put("after", 1)
        assert ledger.get("at 54") == 54
        assert len(list(ledger.results())) == 10
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]
    with Exchanges.open_readonly(path) as exchanges:
        assert exchanges.account().n_answered == 60
