"""What `filtered` trains on: texts that read like their labels, in the treatment's volume."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from synthlift.conditions.added import real_and_synthetic
from synthlift.conditions.sources import Sources
from synthlift.corpus import Corpus, Document, Origin
from synthlift.errors import NotApplicable
from synthlift.randomness import stream
from synthlift.run.agreeing import agreeing

LABELS = ("a", "b", "c")
N_REAL = 60


def document(name: str, number: int, said: int | None = None) -> Document:
    """Write a text whose words tell one label, and have it carry that one or another."""
    rng, true = stream(4, name, number), number % 3
    words = [f"{LABELS[true]}{rng.integers(5)}" for _ in range(4)] + [f"w{rng.integers(30)}" for _ in range(4)]
    label = LABELS[true if said is None else said]
    return Document(f"{name}{number}", " ".join(words), (label,), None, Origin("tool") if name == "s" else None)


def sources(n_right: int, n_wrong: int) -> Sources:
    """Give right and wrong synthetic texts, every other one with a parent."""
    real = Corpus(tuple(document("r", i) for i in range(N_REAL)), LABELS)
    written = [document("s", i) for i in range(n_right)]
    written += [document("s", i, (i + 1) % 3) for i in range(n_right, n_right + n_wrong)]
    n, none = n_right + n_wrong, Corpus((), LABELS)
    parent = np.where(np.arange(n) % 2, np.arange(n) % N_REAL, -1)
    return Sources(real, np.arange(N_REAL), Corpus(tuple(written), LABELS), parent, np.arange(n), none, np.arange(0))


def test_texts_that_read_like_their_labels_stay_and_fill_the_volume_evenly() -> None:
    """Wrong labels go, right ones are copied until there are as many rows as before, each as often as any other."""
    given = sources(24, 26)
    kept = agreeing(given, "word", stream(0))
    times = Counter(kept.synthetic.ids)
    right = {f"s{i}" for i in range(24)}
    assert set(times) <= right
    assert len(times) >= 20
    assert sum(times.values()) == len(given.synthetic) == 50
    assert max(times.values()) - min(times.values()) <= 1
    assert kept.real is given.real


def test_a_copy_keeps_parent_and_family_so_that_it_leaves_a_fold_with_them() -> None:
    """Rows of one text descend from one document."""
    given = sources(10, 30)
    kept = agreeing(given, "word", stream(0))
    row = {identity: i for i, identity in enumerate(given.synthetic.ids)}
    of = [row[identity] for identity in kept.synthetic.ids]
    assert np.array_equal(kept.parent, given.parent[of])
    assert np.array_equal(kept.family, given.family[of])
    training = real_and_synthetic(kept, stream(0)).training
    assert [o for o in training.original[N_REAL:] if o >= 0] == [p for p in kept.parent if p >= 0]


def test_a_text_is_not_judged_by_its_own_parent() -> None:
    """Copies of real documents that say nothing of their labels go where the parent is known, and stay where not."""
    odd = [Document(f"r{i}", f"only{i} once{i} here{i}", (LABELS[i % 3],), None, None) for i in range(N_REAL, 90)]
    given = sources(30, 0)
    real = Corpus((*given.real, *odd), LABELS)
    copies = [replace(one, id=f"s{one.id}", origin=Origin("tool")) for one in odd]
    known = replace(
        given,
        real=real,
        real_group=np.arange(90),
        synthetic=Corpus((*given.synthetic.documents, *copies), LABELS),
        parent=np.concatenate([np.full(30, -1), np.arange(N_REAL, 90)]),
        family=np.arange(60),
    )
    unknown = replace(known, parent=np.full(60, -1))
    stay = [
        len({identity for identity in agreeing(one, "word", stream(0)).synthetic.ids if identity.startswith("sr")})
        for one in (known, unknown)
    ]
    assert stay[0] <= 15 < 25 <= stay[1]


def test_where_none_reads_like_its_labels_there_is_no_condition() -> None:
    """Nothing is not copied up to anything: it is said."""
    with pytest.raises(NotApplicable, match=r"no synthetic document reads like its labels as real ones do .*F1 1\.00"):
        agreeing(sources(0, 30), "word", stream(0))


def test_the_stream_decides() -> None:
    """The same stream keeps the same rows; another one may judge by other folds and copy others."""
    rows = [agreeing(sources(20, 12), "word", stream(seed)).synthetic.ids for seed in (0, 0, 1)]
    assert rows[0] == rows[1] != rows[2]
