"""An index of real documents with a generator's among them: what is planted is found, and what cannot be is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document, Origin
from synthlift.run.retrieval import index_records
from synthlift.study.workload import Source, Workload

LABELS = ("blue", "green", "grey", "red")
WORDS = {label: [f"{label}{i}" for i in range(8)] for label in LABELS}


def text(rng: np.random.Generator, labels: Sequence[str], n_own: int, n_common: int) -> str:
    """Write some words of each label among common ones."""
    own = [str(word) for label in labels for word in rng.choice(WORDS[label], n_own)]
    return " ".join([*own, *(f"word{i}" for i in rng.integers(0, 40, n_common))])


def real(rng: np.random.Generator, n: int, prefix: str) -> Corpus:
    """Write real documents, each of one label or two."""
    drawn = [tuple(sorted(rng.choice(LABELS, rng.integers(1, 3), replace=False).tolist())) for _ in range(n)]
    written = [Document(f"{prefix}{i}", text(rng, own, 2, 14), own) for i, own in enumerate(drawn)]
    return Corpus(tuple(written), LABELS)


def synthetic(rng: np.random.Generator, n: int, family: str | None = None, *, right: bool = True) -> list[Document]:
    """Write texts that are all about their labels, so that they come before real ones."""
    made = []
    for i in range(n):
        own = (LABELS[i % 4],)
        meant = own if right else (LABELS[(i + 1) % 4],)
        made.append(Document(f"{family}{right}{i}", text(rng, own, 8, 2), meant, None, Origin("w", (), None, family)))
    return made


def workload(written: Sequence[Document], test: Corpus | None = None, spare: int = 0, **changed: Any) -> Workload:
    rng = np.random.default_rng(0)
    train, others = real(rng, 60, "t"), real(rng, spare, "s")
    test = real(rng, 50, "q") if test is None else test
    corpus = Corpus(tuple(written), LABELS)
    source = Source(corpus, {}, {identity: row for row, identity in enumerate(corpus.ids)})
    given = {
        "train": train,
        "train_group": np.arange(len(train)),
        "validation": Corpus((), LABELS),
        "spare": others,
        "spare_group": len(train) + np.arange(spare),
        "test": test,
        "test_group": np.arange(len(test)),
        "sources": {"w": source},
        "seed": 0,
        "identity": "none",
    }
    return Workload(**{**given, **changed})


def test_texts_that_crowd_out_real_documents_harm_the_strict_reading_alone() -> None:
    """On their labels' words, they take the first places: no answers when read strictly, good ones by their labels."""
    strict, lenient = index_records(workload(synthetic(np.random.default_rng(1), 80)), "w")
    assert (strict["reading"], lenient["reading"]) == ("strict", "lenient")
    assert strict["real"] == lenient["real"] > 0.4
    assert strict["high"] < -0.2
    assert strict["difference"] == pytest.approx(strict["mixed"] - strict["real"])
    assert strict["low"] < strict["difference"] < strict["high"]
    assert strict["p"] == 1 / 2000
    assert lenient["low"] > -0.02
    assert (strict["n_documents"], strict["n_added"], strict["n_queries"]) == (60, 80, 50)


def test_texts_of_another_subject_change_nothing() -> None:
    """Where no query comes near to them, both readings stay as they were."""
    far = [Document(f"f{i}", f"unheard{i} of{i}", ("red",), None, Origin("w")) for i in range(50)]
    for record in index_records(workload(far), "w"):
        assert record["difference"] == record["low"] == record["high"] == 0.0
        assert record["p"] == 1.0


def test_each_prompt_family_is_measured_alone() -> None:
    """All texts first, then family by family in alphabetical order; one family alone is no other record."""
    rng = np.random.default_rng(2)
    both = [*synthetic(rng, 40, "brief"), *synthetic(rng, 8, "abstract", right=False)]
    found = {(r["family"], r["reading"]): r for r in index_records(workload(both), "w")}
    assert [family for family, reading in found if reading == "strict"] == [None, "abstract", "brief"]
    assert [found[f, "strict"]["n_added"] for f in (None, "abstract", "brief")] == [48, 8, 40]
    assert found["brief", "strict"]["mixed"] < found["abstract", "strict"]["mixed"]
    assert found["brief", "lenient"]["mixed"] > found["abstract", "lenient"]["mixed"]
    alone = index_records(workload(both[:40]), "w")
    assert [r["family"] for r in alone] == [None, None]


def test_spare_documents_are_searched_too() -> None:
    """Who has them has them in the index: the more real documents there are, the less is crowded out."""
    written = synthetic(np.random.default_rng(1), 40)
    (few, _), (many, _) = (index_records(workload(written, spare=n), "w") for n in (0, 400))
    assert (few["n_documents"], many["n_documents"]) == (60, 460)
    assert few["difference"] < many["difference"] < 0.0


def test_with_one_label_every_real_document_is_an_answer() -> None:
    """All are alike: the first places are perfect without synthetic documents, and worse with them."""
    rng = np.random.default_rng(3)

    def relabelled(documents: Corpus | list[Document]) -> tuple[Document, ...]:
        return tuple(Document(d.id, d.text, ("only",), None, d.origin) for d in documents)

    train, test = (Corpus(relabelled(real(rng, n, p)), ("only",)) for n, p in ((60, "t"), (50, "q")))
    corpus = Corpus(relabelled(synthetic(rng, 40)), ("only",))
    load = workload([], test=test, train=train, sources={"w": Source(corpus, {}, {})}, spare=0)
    load = Workload(**{**{f: getattr(load, f) for f in load.__dataclass_fields__}, "spare": Corpus((), ("only",))})
    strict, lenient = index_records(load, "w")
    assert strict["real"] == lenient["real"] == pytest.approx(1.0)
    assert strict["mixed"] < 0.9
    assert lenient["mixed"] == pytest.approx(1.0)


def test_what_cannot_be_measured_has_a_reason() -> None:
    """No kept document, no query that shares a label with a real document, and one group of test documents."""
    for record in index_records(workload([]), "w"):
        assert (record["mixed"], record["difference"], record["low"]) == (None, None, None)
        assert record["reason"] == "no synthetic document was kept"
        assert record["real"] > 0.4
    written = synthetic(np.random.default_rng(1), 20)
    unlabelled = Corpus(tuple(Document(f"q{i}", "red1 red2", ()) for i in range(5)), LABELS)
    for record in index_records(workload(written, test=unlabelled), "w"):
        assert record["difference"] is record["p"] is None
        assert "none of 5 queries shares a label" in record["reason"]
        assert (record["n_queries"], record["n_queries_left_out"]) == (0, 5)
    for record in index_records(workload(written, test_group=np.zeros(50, dtype=np.int64)), "w"):
        assert record["low"] is record["high"] is None
        assert record["difference"] is not None
        assert "one group of test documents" in record["reason"]


def test_it_is_a_pure_function() -> None:
    """Twice the same workload gives the same records, to the last bit."""
    written = synthetic(np.random.default_rng(1), 30, "brief")
    assert index_records(workload(written), "w") == index_records(workload(written), "w")
