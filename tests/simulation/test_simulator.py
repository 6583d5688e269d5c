"""Simulated documents are reproducible from any point, and read as patents do."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from synthlift.corpus import Corpus
from synthlift.errors import BadConfiguration
from synthlift.simulation import Simulator

PINNED = "cee9e09e2af30e4abc806645d87e294f9fab71150896b0bb356c6e5ef859f802"

DIGEST = """
import hashlib
from synthlift.simulation import Simulator
print(hashlib.sha256(repr([(d.id, d.text, d.labels) for d in Simulator(7).documents(200)]).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Simulator(7).corpus(2000)


@pytest.fixture(scope="module")
def claims() -> Corpus:
    return Simulator(7).corpus(300, part="claims")


def five_grams(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[i : i + 5]) for i in range(len(words) - 4)}


def test_a_seed_means_the_same_bytes_for_ever(corpus: Corpus) -> None:
    """The SHA-256 of 200 documents is pinned: whoever changes it changes every simulated result."""
    listed = [(d.id, d.text, d.labels) for d in corpus.documents[:200]]
    assert hashlib.sha256(repr(listed).encode()).hexdigest() == PINNED


def test_hash_randomisation_changes_nothing() -> None:
    """A fresh interpreter with another hash seed writes the pinned bytes."""
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    ran = subprocess.run([sys.executable, "-c", DIGEST], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == PINNED


@pytest.mark.parametrize(("start", "n"), [(0, 3), (250, 20), (256, 1), (511, 300), (1999, 1), (5, 0)])
def test_any_range_made_alone_equals_the_slice(corpus: Corpus, start: int, n: int) -> None:
    """Block borders leave no trace, families included."""
    assert tuple(Simulator(7).documents(n, start=start)) == corpus.documents[start : start + n]


def test_streams_and_seeds_are_independent() -> None:
    """Another stream or seed gives other texts; the stream's name begins the id."""
    train, test = Simulator(1).corpus(50), Simulator(1).corpus(50, stream="test")
    assert test.ids[17] == "test-000017"
    assert not set(train.texts) & set(test.texts)
    assert not set(train.texts) & set(Simulator(2).corpus(50).texts)


def test_a_corpus_has_all_labels_in_order_of_frequency(corpus: Corpus) -> None:
    """Columns are the simulator's labels whether or not they occur; documents list theirs sorted."""
    simulator = Simulator(7)
    assert corpus.labels == simulator.labels
    assert tuple(simulator.descriptions) == simulator.labels
    assert len(simulator.corpus(3).labels) == 64
    assert all(list(d.labels) == sorted(d.labels) and d.group is None and d.is_real for d in corpus)


def test_abstracts_have_60_to_140_words(corpus: Corpus) -> None:
    """Every one of 2,000 abstracts, and they differ in length."""
    lengths = [len(text.split()) for text in corpus.texts]
    assert min(lengths) >= 60
    assert max(lengths) <= 140
    assert np.std(lengths) > 10


@pytest.mark.parametrize("part", ["abstract", "claims"])
def test_texts_are_clean_english(part: str, corpus: Corpus, claims: Corpus) -> None:
    """No doubled space or word, no wrong article, no open bracket or place, capitals and full stops throughout."""
    for text in corpus.texts if part == "abstract" else claims.texts:
        assert "  " not in text
        assert text == text.strip()
        assert text.endswith(".")
        assert not re.search(r"%s|[{}\[\]|]|\ba a\b|\ban an\b|\b(?:a|an) (?:the|a|an)\b|\bthe (?:a|an|the)\b", text)
        assert not re.search(
            r"\b[Aa] (?:apparatus|assembly|aid|arrangement|installation|electr|ultras|infra|inert)", text
        )
        assert not re.search(r"\b[Aa]n (?:user|unit|joystick|one-|uni[^n]|[bcdfgjklmnpqrstvwz][a-z])", text)
        assert not re.search(r"\b(\w+) \1\b", text)
        assert text.count("(") == text.count(")")
        assert all(sentence[0].isupper() or sentence[0].isdigit() for sentence in re.split(r"(?<=[a-z]\.) ", text))


def test_claims_are_numbered_and_refer_back(claims: Corpus, corpus: Corpus) -> None:
    """Claim 1 stands alone, each later one names it, numerals follow the parts; ids and labels are the abstracts'."""
    for text in claims.texts:
        numbered = re.split(r"(?:^| )(?=\d\. [A-Z])", text)[1:]
        assert [claim[0] for claim in numbered] == [str(i) for i in range(1, len(numbered) + 1)]
        assert 2 <= len(numbered) <= 5
        assert len({claim[3:] for claim in numbered}) == len(numbered)
        assert all("of claim 1," in claim for claim in numbered[1:])
        names = re.findall(r"the ([a-z][\w' -]*?) \((\d+)\)", numbered[0])
        assert len({name for name, _ in names}) >= len({numeral for _, numeral in names})
    assert [(d.id, d.labels) for d in claims] == [(d.id, d.labels) for d in corpus.documents[:300]]


def test_two_documents_rarely_share_five_words_in_a_row() -> None:
    """Under 6 % of a document's 5-grams are in the most similar of 200 others on average, none in the median one."""
    grams = [five_grams(text) for text in Simulator(3, family_rate=0.0).corpus(260).texts]
    most, typical, anywhere = [], [], []
    for row in range(60):
        others = [other for index, other in enumerate(grams[:201]) if index != row]
        shares = [len(grams[row] & other) / len(grams[row]) for other in others]
        most.append(max(shares))
        typical.append(np.median(shares))
        anywhere.append(len(grams[row] & set().union(*others)) / len(grams[row]))
    assert np.mean(most) < 0.06
    assert np.median(typical) < 0.005
    assert np.mean(anywhere) < 0.12


def test_families_are_edited_variants_at_the_planted_rate() -> None:
    """Members share labels and a good part of their 5-grams, few are reprints, and the group is named when asked."""
    corpus = Simulator(5, family_rate=0.3, mark_families=True).corpus(1024)
    families: dict[str | None, list[int]] = {}
    for row, document in enumerate(corpus):
        families.setdefault(document.group, []).append(row)
    assert abs(1 - len(families) / 1024 - 0.3) < 0.05
    shared, is_reprint = [], []
    for rows in families.values():
        for row in rows[1:]:
            root, member = corpus.documents[rows[0]], corpus.documents[row]
            assert root.labels == member.labels
            is_reprint.append(root.text == member.text)
            shared.append(len(five_grams(root.text) & five_grams(member.text)) / len(five_grams(member.text)))
    assert np.mean(shared) > 0.6
    assert np.mean(is_reprint) < 0.25


def test_twelve_labels_come_from_all_domains() -> None:
    """Each domain gives one or two labels, and all twelve occur among 200 documents."""
    simulator = Simulator(0, n_labels=12)
    counts = Counter(label.domain for label in simulator.vocabulary.labels[:12])
    assert sorted(counts.values()) == [1, 1, 1, 1, 2, 2, 2, 2]
    assert simulator.corpus(200).label_matrix().any(axis=0).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Simulator(-1), "got seed = -1"),
        (lambda: Simulator(0, n_labels=1), "got n_labels = 1, expected 2 to 64"),
        (lambda: Simulator(0, n_labels=65), "got n_labels = 65"),
        (lambda: Simulator(0, family_rate=1.0), "got family_rate = 1.0"),
        (lambda: Simulator(0).documents(-1), "got n = -1"),
        (lambda: Simulator(0).documents(1, part="title"), "got the part 'title'"),
    ],
)
def test_parameters_out_of_range_are_refused(call: object, message: str) -> None:
    """The refusal comes at the call, not at the first document."""
    with pytest.raises(BadConfiguration, match=message):
        call()  # type: ignore[operator]
