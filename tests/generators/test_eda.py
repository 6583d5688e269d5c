"""The EDA generator edits training documents a little, each child in one way."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from synthlift.corpus import Corpus, Document
from synthlift.corpus.shingles import normalised
from synthlift.errors import BadConfiguration
from synthlift.generators.eda import EdaGenerator
from synthlift.generators.tokens import matched, tokenise
from synthlift.randomness import stream
from synthlift.testing import check_generator


def made_corpus(n: int = 20) -> Corpus:
    """Return documents of two sentences, of words that are each document's own."""
    labels = [("a",), ("b",), ("a", "b"), ()]
    documents = []
    for i in range(n):
        words = [f"d{i}w{k}" for k in range(20)]
        text = f"{' '.join(words[:9])} ({words[9]}), {words[10]}. {' '.join(words[11:])}."
        documents.append(Document(f"r{i}", text, labels[i % 4], f"family {i}"))
    return Corpus.of(documents, ("b", "a", "c"))


def words(text: str) -> Counter[str]:
    return Counter(normalised(text).split())


def children_of(train: Corpus, n: int, share: float = 0.1) -> list[tuple[Document, Document]]:
    """Return children with their parents."""
    written = EdaGenerator(share).generate(train, n, rng=stream(0))
    parents = {document.id: document for document in train}
    assert len(written) == n
    assert all(document.origin is not None for document in written)
    return [(child, parents[child.origin.parents[0]]) for child in written if child.origin is not None]


@pytest.mark.parametrize("share", [0.01, 0.1, 1.0])
def test_it_keeps_the_contract(share: float) -> None:
    """At most n, synthetic, distinct ids, labels of the corpus, and the same stream writes the same."""
    check_generator(EdaGenerator(share))


@pytest.mark.parametrize("n", [7, 20, 50])
def test_each_child_has_one_parent_whose_labels_and_family_it_has(n: int) -> None:
    """Parents take turns: none has two children more than another."""
    train = made_corpus()
    pairs = children_of(train, n)
    for child, parent in pairs:
        assert child.origin is not None
        assert (child.origin.generator, child.origin.parents) == ("eda", (parent.id,))
        assert (child.labels, child.group) == (parent.labels, parent.group)
    times = Counter(parent.id for _, parent in pairs)
    assert {times[name] for name in train.ids} <= {n // 20, -(-n // 20)}
    assert [child.id for child, _ in pairs] == [f"eda-{i:06d}" for i in range(n)]
    assert EdaGenerator().generate(train, n, rng=stream(0)).labels == ("b", "a", "c")


def test_a_child_is_its_parent_reordered_or_less_or_more_and_never_the_same() -> None:
    """All of three occur, the rest of the text stays, and inserted words are of documents that share a label."""
    train = made_corpus()
    of_label = {
        label: {word for d in train if label in (d.labels or ("",)) for word in words(d.text)}
        for label in ("a", "b", "")
    }
    kinds = Counter[str]()
    for child, parent in children_of(train, 400):
        assert normalised(child.text) != normalised(parent.text)
        more, less = words(child.text) - words(parent.text), words(parent.text) - words(child.text)
        assert not (more and less)
        assert more.total() in (0, 2)  # a tenth of 20
        assert set(more) <= set().union(*(of_label[label] for label in parent.labels or ("",)))
        assert less.total() < 12
        kinds["inserted" if more else "deleted" if less else "reordered"] += 1
    assert min(kinds["inserted"], kinds["deleted"], kinds["reordered"]) > 60


def test_reordered_children_swap_words_or_sentences() -> None:
    """Of two sentences the other order is one text; swaps of two pairs leave most words in their place."""
    train = made_corpus(4)
    moved = []
    for child, parent in children_of(train, 200):
        before, after = normalised(parent.text).split(), normalised(child.text).split()
        if sorted(before) == sorted(after):
            moved.append(sum(one != two for one, two in zip(before, after, strict=True)))
    assert set(moved) <= {2, 3, 4, 20}
    assert {4, 20} <= set(moved)


def test_the_share_says_how_many_words_are_edited() -> None:
    """Insertions are exact; of deletions the mean is the share, at least one, never all."""
    for share in (0.2, 0.5):
        changes = [
            (words(c.text) - words(p.text), words(p.text) - words(c.text))
            for c, p in children_of(made_corpus(), 800, share)
        ]
        assert {more.total() for more, _ in changes} == {0, round(20 * share)}
        deleted = [less.total() for _, less in changes if less]
        assert np.mean(deleted) == pytest.approx(20 * share, rel=0.1)
        assert max(deleted) < 20


def test_deletion_takes_a_word_and_leaves_a_word() -> None:
    """At a tiny share it is as frequent as the other operations, and at a share of 1 one word of twenty is left."""
    few = [words(p.text) - words(c.text) for c, p in children_of(made_corpus(), 400, 0.001)]
    assert {less.total() for less in few} == {0, 1}
    assert 60 < sum(bool(less) for less in few) < 140
    many = [words(p.text) - words(c.text) for c, p in children_of(made_corpus(), 400, 1.0)]
    assert {less.total() for less in many} == {0, 19}


def test_deletion_leaves_no_empty_brackets_and_swaps_leave_marks_in_place() -> None:
    """Commas, stops and brackets keep their side; a pair that holds nothing any more is gone."""
    for child, parent in children_of(made_corpus(), 400, 0.5):
        assert "()" not in child.text
        assert not any(wrong in child.text for wrong in (" .", " ,", " )", "( ", "  "))
        assert matched(tokenise(child.text)) == tokenise(child.text)
        assert child.text.count(",") == parent.text.count(",")


@pytest.mark.parametrize(
    "texts",
    [
        ["x"],
        ["?!"],
        ["same same"],
        ["今天"],
        ["aaaaaaaaaaaaaaaaaaaa"],
        [")"],
        ["a", "a a", "a a a"],
        ["One. Two."],
        ["«»", "x"],
    ],
)
def test_poor_texts_have_children_that_differ_from_them(texts: list[str]) -> None:
    """One word, one character, marks only, no blanks, no labels: always a child, always another text."""
    train = Corpus.of([Document(f"r{i}", text, ()) for i, text in enumerate(texts)], ("x",))
    for child, parent in children_of(train, 30):
        assert child.text.strip()
        assert normalised(child.text) != normalised(parent.text)


def test_a_child_that_equals_another_document_is_drawn_again() -> None:
    """A document that is its neighbour's usual child is avoided while there is another way."""
    train = Corpus.of([Document("1", "red fox", ("x",)), Document("2", "fox red", ("x",))])
    known = {"red fox", "fox red"}
    assert not any(normalised(child.text) in known for child, _ in children_of(train, 200))


def test_nothing_to_edit_or_nothing_asked_for_is_an_empty_corpus() -> None:
    """Not an error, and the label order stays."""
    assert EdaGenerator().generate(Corpus((), ("x",)), 5, rng=stream(0)) == Corpus((), ("x",))
    assert EdaGenerator().generate(made_corpus(), 0, rng=stream(0)) == Corpus((), ("b", "a", "c"))


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan")])
def test_a_share_outside_its_range_is_refused(share: float) -> None:
    """The message says what was got and expected."""
    with pytest.raises(BadConfiguration, match=r"got share .* expected over 0 and at most 1"):
        EdaGenerator(share)
