"""No damaged value ever leaves the ledger as if it were whole."""

from __future__ import annotations

import io
import os
import random
import sqlite3

import numpy as np
import pytest

from synthlift.errors import Refused
from synthlift.storage.canonical import sha256
from synthlift.storage.ledger import Damaged, Ledger
from synthlift.storage.trial_rows import Artefact, TrialRows

META = {"study": {"seed": 0, "labels": ["a", "b"]}, "n_real": {"all": 64}, "long": "x" * 6000}


@pytest.fixture
def finished(tmp_path, make_result):
    """Return the path of a finished ledger of eight trials."""
    path = tmp_path / "ledger.db"
    with Ledger.open(path) as ledger:
        for name, value in META.items():
            ledger.put(name, value)
        ledger.record([make_result(i) for i in range(1, 8)])
        ledger.record([make_result(8, "failed", scores=(), arrays={})])
    return path


def _change(path, statement, *values):
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()


def _ask(path, opener, truth, content):
    """Ask a ledger for everything; return how often the damage was noticed, and fail on a silently wrong answer."""
    noticed = 0
    try:
        ledger = opener(path)
    except Refused:
        return 1
    with ledger:
        for name, value in META.items():
            try:
                assert ledger.get(name) == value
            except Refused:
                noticed += 1
        try:
            assert ledger.get("absent") is None
            keys, damaged = ledger.keys(), ledger.damaged()
            assert not set(keys) & set(damaged)
            assert all(truth[key][2] == status for key, status in keys.items())
            noticed += len(keys) < len(truth)
        except Refused:
            noticed += 1
        for key, original in truth.items():
            try:
                assert content(ledger.trial(key)) == original
            except (Refused, KeyError):
                noticed += 1
        try:
            assert [content(result) for result in ledger.results()] == list(truth.values())
        except Refused:
            noticed += 1
    return noticed


def test_random_bit_flips_and_truncations(finished, make_result, content):
    """After any of 300 flips and 60 truncations each answer is the original one, or the damage is told."""
    truth = {make_result(i).key: content(make_result(i)) for i in range(1, 8)}
    last = make_result(8, "failed", scores=(), arrays={})
    truth[last.key] = content(last)
    assert _ask(finished, Ledger.open_readonly, truth, content) == 0
    whole = finished.read_bytes()
    rng = random.Random(20260)
    copies = []
    for _ in range(300):
        flipped = bytearray(whole)
        flipped[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        copies.append(bytes(flipped))
    # most pages are full of numbers: half as many flips again where the tree and its keys are
    starts = range(0, len(whole), 4096)
    for start in rng.choices(starts, k=150):
        flipped = bytearray(whole)
        flipped[start + rng.randrange(100)] ^= 1 << rng.randrange(8)
        copies.append(bytes(flipped))
    copies += [whole[: rng.randrange(len(whole))] for _ in range(50)]
    copies += [whole[: 4096 * rng.randrange(len(whole) // 4096)] for _ in range(10)]
    noticed = 0
    for number, copy in enumerate(copies):
        finished.write_bytes(copy)
        noticed += _ask(finished, Ledger.open_readonly if number % 3 else Ledger.open, truth, content) > 0
        for suffix in ("-wal", "-shm"):
            finished.with_name(f"ledger.db{suffix}").unlink(missing_ok=True)
    assert noticed > 180  # the rest fell into room that holds nothing, three empty tables among it


@pytest.mark.parametrize("opener", [Ledger.open, Ledger.open_readonly])
def test_flips_in_the_list_of_tables(finished, opener):
    """A flip of the highest bit in the list of tables, or of the format in the header, is refused and nothing else."""
    whole = finished.read_bytes()
    start = whole.index(b"CREATE TABLE")
    for place in (18, 19, *range(start, start + 150)):
        finished.write_bytes(whole[:place] + bytes([whole[place] ^ 0x80]) + whole[place + 1 :])
        with pytest.raises(Refused):
            opener(finished)


CHANGES = {
    "score changed": "UPDATE score SET value = value + 1e-9 WHERE position = 0 AND trial_key = ?",
    "score label": "UPDATE score SET label = 'other' WHERE position = 1 AND trial_key = ?",
    "score gone": "DELETE FROM score WHERE position = 2 AND trial_key = ?",
    "score added": "INSERT INTO score SELECT trial_key, 9, metric, label, value, reason FROM score "
    "WHERE position = 0 AND trial_key = ?",
    "scores swapped": "UPDATE score SET position = 7 WHERE position = 0 AND trial_key = ?",
    "array gone": "DELETE FROM artefact WHERE name = 'influence' AND trial_key = ?",
    "array of another": "UPDATE artefact SET (content, sha256) = (SELECT content, sha256 FROM artefact a WHERE "
    "a.name = artefact.name AND a.trial_key <> artefact.trial_key) WHERE trial_key = ?",
    "array cut": "UPDATE artefact SET content = substr(content, 1, 200) WHERE trial_key = ?",
    "array renamed": "UPDATE artefact SET name = 'other' WHERE name = 'influence' AND trial_key = ?",
    "status": "UPDATE trial SET status = 'failed' WHERE key = ?",
    "spec": "UPDATE trial SET spec = replace(spec, '0.1', '0.2') WHERE key = ?",
    "facts": "UPDATE trial SET facts = '{}' WHERE key = ?",
    "seconds": "UPDATE trial SET seconds = 2 WHERE key = ?",
    "tries": "UPDATE trial SET n_tries = 2 WHERE key = ?",
    "text not UTF-8": "UPDATE trial SET name = CAST(x'ff41' AS TEXT) WHERE key = ?",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_rows(finished, make_result, content, change):
    """Any change to one trial is found, names it, spares the others, and recording the trial again mends it."""
    key = make_result(3).key
    _change(finished, change, key)
    with Ledger.open(finished) as ledger:
        assert ledger.damaged() == (key,)
        assert len(ledger.keys()) == 7
        assert key not in set(ledger.keys())
        with pytest.raises(Damaged, match=f"trial '{key}' is damaged.*run the same audit again"):
            ledger.trial(key)
        with pytest.raises(Damaged):
            list(ledger.results())
        assert content(ledger.trial(make_result(4).key)) == content(make_result(4))
        ledger.record([make_result(3)])
        assert ledger.damaged() == ()
        assert content(ledger.trial(key)) == content(make_result(3))
        assert len(list(ledger.results())) == 8


def test_trial_gone(finished, make_result):
    """A trial that is gone with all its rows is missed by whoever reads the results, until a run makes it good."""
    key = make_result(3).key
    _change(finished, "DELETE FROM trial WHERE key = ?", key)
    with Ledger.open(finished) as ledger:
        assert key not in set(ledger.keys())
        with pytest.raises(Damaged, match="list of trials is damaged"):
            next(ledger.results())
        ledger.record([make_result(9)])
        with pytest.raises(Damaged, match="list of trials is damaged"):
            next(ledger.results())
        ledger.discard_damaged()
        ledger.record([make_result(3)])
        assert len(list(ledger.results())) == 9


@pytest.mark.parametrize("new", ["'other'", "CAST(x'ff' AS TEXT)", "char(10, 27)"])
def test_damaged_key(finished, make_result, new):
    """A row whose very key is damaged is told in printable text, and removed on request with what belongs to it."""
    key = make_result(3).key
    _change(finished, f"UPDATE trial SET key = {new} WHERE key = ?", key)  # noqa: S608 (values of this file)
    with Ledger.open(finished) as ledger:
        (name,) = ledger.damaged()
        assert name.isprintable()
        assert len(ledger.keys()) == 7
        with pytest.raises(Damaged):
            list(ledger.results())
        assert ledger.discard_damaged() == (name,)
        assert ledger.damaged() == ledger.discard_damaged() == ()
        assert len(list(ledger.results())) == 7
        (orphans,) = ledger._connection.raw.execute("SELECT count(*) FROM score WHERE trial_key = ?", (key,)).fetchone()
        assert orphans == 0
        ledger.record([make_result(3)])
        assert len(list(ledger.results())) == 8


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE meta SET value = '{\"all\":65}' WHERE name = 'n_real'",
        "UPDATE meta SET (value, sha256) = (SELECT value, sha256 FROM meta WHERE name = 'study') WHERE name = 'n_real'",
        "UPDATE meta SET name = 'n_rael' WHERE name = 'n_real'",
        "DELETE FROM meta WHERE name = 'n_real'",
        "DELETE FROM seal WHERE part = 'meta'",
    ],
    ids=["value", "of another", "renamed", "gone", "seal gone"],
)
def test_changed_meta(finished, change):
    """A stored value that was changed, or is gone, is never taken for one that was not stored."""
    _change(finished, change)
    with Ledger.open_readonly(finished) as ledger:
        with pytest.raises(Damaged, match=r"'n_real' is damaged.*move the folder away and run again"):
            ledger.get("n_real")
        assert ledger.damaged() == ()


class _Trap:
    def __reduce__(self):
        return (os.abort, ())


def test_planted_objects(finished, make_result):
    """An array file of pickled objects, with every hash made to fit, is told as damage and not unpickled."""
    file = io.BytesIO()
    np.save(file, np.array([_Trap()], dtype=object), allow_pickle=True)
    true = TrialRows.of(make_result(3))
    planted = Artefact("influence", file.getvalue(), sha256(file.getvalue()))
    rows = TrialRows(true.head, true.told, true.scores, (planted,))
    key = make_result(3).key
    _change(finished, "DELETE FROM artefact WHERE trial_key = ?", key)
    _change(finished, "INSERT INTO artefact VALUES (?, ?, ?, ?)", key, planted.name, planted.content, planted.sha256)
    _change(finished, "UPDATE trial SET sha256 = ?, seal = ? WHERE key = ?", rows.sha256, rows.sealed, key)
    with Ledger.open_readonly(finished) as ledger, pytest.raises(Damaged, match="is damaged"):
        ledger.trial(key)
