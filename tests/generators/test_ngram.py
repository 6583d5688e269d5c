"""The n-gram generator writes texts that read like those of their labels, and are not they."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from synthlift.corpus import Corpus, Document, Origin
from synthlift.corpus.shingles import normalised
from synthlift.errors import BadConfiguration
from synthlift.generators.ngram import NgramGenerator
from synthlift.generators.tokens import join, matched, sentences, tokenise
from synthlift.randomness import stream
from synthlift.testing import check_generator

LABEL_SETS = [("a",), ("b",), ("a", "b"), (), ("a",)]
HOSTILE = [
    'She said: "No (never)!" -- and left...',
    "1,1,1,3,3,3-hexafluoro-2-propanol, 5% [w/w], costs $3.50/kg; don't ask",
    "今天天气很好\uff0c我们去公园\uff08北门\uff09。OK 吗\uff1f",
    "hello , world ! ( spaced )",
    "ภาษาไทย และ हिन्दी भाषा।",
    "👍🏽 ❤️ :-) ¿qué? «oui» „ja“",
    "x",
    "?!",
    "snake_case e.g. a.b.c http://example.org/a?b=c&d #tag @name",
]


def made_corpus(n: int = 40, seed: int = 0, n_words: int = 30) -> Corpus:
    """Return texts of sentences in which words of the labels stand among common ones."""
    rng = stream(seed, "corpus")
    documents = []
    for i in range(n):
        labels = LABEL_SETS[i % len(LABEL_SETS)]
        words = [f"{name}{k}" for name in labels or ("none",) for k in range(12)] + [f"w{k}" for k in range(12)]
        drawn = [str(rng.choice(words)) for _ in range(n_words + int(rng.integers(20)))]
        drawn[7] += "."
        drawn[12] = f"({drawn[12]})"
        documents.append(Document(f"r{i}", "The " + " ".join(drawn) + ".", labels))
    return Corpus.of(documents, ("b", "a", "c"))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_it_keeps_the_contract(order: int) -> None:
    """Of at most n, synthetic, distinct ids, labels of the corpus, and the same stream writes the same."""
    check_generator(NgramGenerator(order))


def test_n_texts_with_ids_origins_and_labels_of_the_training_corpus() -> None:
    """Ids are numbered in order, parents are all documents and so none is named, the label order is the corpus'."""
    written = NgramGenerator().generate(made_corpus(), 13, rng=stream(0))
    assert written.ids == [f"ngram-{i:06d}" for i in range(13)]
    assert {document.origin for document in written} == {Origin("ngram", ())}
    assert {document.group for document in written} == {None}
    assert written.labels == ("b", "a", "c")


@pytest.mark.parametrize("n", [7, 40, 100])
def test_label_sets_are_those_of_training_documents_in_their_shares(n: int) -> None:
    """Of each document as often as of any other, give or take one; documents without labels count as a set."""
    train = made_corpus()
    seen = Counter(document.labels for document in NgramGenerator().generate(train, n, rng=stream(0)))
    times = Counter(document.labels for document in train)
    assert seen.total() == n
    for labels, count in times.items():
        assert count * (n // 40) <= seen[labels] <= count * -(-n // 40)


def test_texts_are_of_training_tokens_and_lengths() -> None:
    """Nothing enters but what training texts hold, none is longer than all of them, and hardly any is shorter."""
    train = made_corpus()
    written = NgramGenerator().generate(train, 200, rng=stream(0))
    vocabulary = {token for text in train.texts for token in tokenise(text)}
    lengths = [len(tokenise(text)) for text in train.texts]
    for text in written.texts:
        tokens = tokenise(text)
        assert {t.strip() for t in tokens} <= {t.strip() for t in vocabulary}
        assert len(tokens) <= max(lengths)
    written_lengths = np.array([len(tokenise(text)) for text in written.texts])
    assert np.mean(written_lengths < min(lengths) - 3) < 0.02  # marks out of place were left out
    assert len(set(written_lengths)) > 10


def test_texts_carry_the_words_of_their_labels() -> None:
    """A text of one label has its words far oftener than those of the other label, but knows these, too."""
    written = NgramGenerator().generate(made_corpus(100), 400, rng=stream(0))
    own, other = _share("a", "a", written), _share("b", "a", written)
    assert own > 0.3
    assert 0 < other < own / 3


def test_a_text_of_two_labels_is_of_both_alike() -> None:
    """The mean of two models that mirror each other has as many words of the one as of the other."""
    train = made_corpus(100)
    train = train.take([row for row, document in enumerate(train) if len(document.labels) == 1])
    mirrored = [Document(d.id + "m", d.text.translate({97: 98, 98: 97}), ("b",)) for d in train if d.labels == ("a",)]
    ones = [document for document in train if document.labels == ("a",)]
    common = [f"w{k}" for k in range(12)] * 2
    both = [Document(f"both{i}", " ".join(stream(i, "both").permutation(common)), ("a", "b")) for i in range(10)]
    written = NgramGenerator().generate(Corpus.of([*ones, *mirrored, *both]), 900, rng=stream(0))
    per_text = [
        (sum(t.startswith(" a") for t in tokens), sum(t.startswith(" b") for t in tokens))
        for document in written
        if document.labels == ("a", "b") and (tokens := tokenise(document.text))
    ]
    difference = np.array([left - right for left, right in per_text])
    assert len(difference) >= 40
    assert np.mean([left + right for left, right in per_text]) > 5
    assert stats.ttest_1samp(difference, 0.0).pvalue > 1e-3


def test_a_label_of_two_documents_does_not_replay_them() -> None:
    """Its texts hold words that only other labels' documents have, and few runs of its own documents."""
    train = made_corpus(60)
    own = [
        "The q0 w1 q2 w3 q4 q5 w2 q6 w7 q8 w1 w2 q9 q1 w5 q3 w9 q7.",
        "A q7 w2 q3 q1 w4 w8 q2 w1 q0 q6 w6 w3 q5 w0 q9 w1 q4 q8.",
    ]
    rare = [Document(f"q{i}", text, ("q",)) for i, text in enumerate(own)]
    written = NgramGenerator().generate(Corpus.of([*train, *rare]), 1240, rng=stream(0))
    texts = [document.text for document in written if document.labels == ("q",)]
    assert len(texts) == 40
    assert np.mean([any(token.startswith((" a", " b")) for token in tokenise(text)) for text in texts]) > 0.5
    assert np.median([_held(text, _runs(*own)) for text in texts]) < 0.2


def test_a_copy_of_a_training_text_is_drawn_again() -> None:
    """Of short texts many would be copies by chance; nearly all of them are other combinations after some draws."""
    rows = itertools.product(
        ("red", "blue", "green", "grey"), ("fox", "hen", "cat", "dog"), ("ran", "sat", "ate", "hid")
    )
    train = Corpus.of([Document(f"r{i}", " ".join(row), ("x",)) for i, row in enumerate(rows) if i % 3])
    known = {normalised(text) for text in train.texts}
    written = NgramGenerator(2).generate(train, 300, rng=stream(0))
    assert np.mean([normalised(text) in known for text in written.texts]) < 0.1


def test_a_copy_that_cannot_be_avoided_is_kept() -> None:
    """From one word no other text can be made: it is given out for the audit to find, as often as asked for."""
    written = NgramGenerator().generate(Corpus.of([Document("r", "Hello", ("x",))]), 3, rng=stream(0))
    assert written.texts == ["Hello"] * 3


def test_marks_stand_as_they_do_in_training_texts() -> None:
    """No blank before a comma, none inside brackets, each bracket with its other half, no two marks never seen so."""
    train = made_corpus(60)
    for text in NgramGenerator().generate(train, 200, rng=stream(0)).texts:
        assert not any(wrong in text for wrong in (" .", " )", "( ", "..", "()", "(.", "  "))
        assert matched(tokenise(text)) == tokenise(text)


def test_brackets_are_left_alone_where_training_texts_do_not_close_them() -> None:
    """A smiley is no lone bracket."""
    texts = [f"so {' '.join(pair)} today :) nice" for pair in itertools.permutations("abcde", 2)]
    train = Corpus.of([Document(f"r{i}", text, ()) for i, text in enumerate(texts)])
    written = NgramGenerator().generate(train, 50, rng=stream(0))
    assert sum(":)" in text for text in written.texts) > 20


def test_chinese_is_written_in_characters_without_blanks() -> None:
    """A script without blanks gets no blanks, and its texts are not single words repeated."""
    texts = [
        "今天天气很好我们去公园玩。",
        "明天天气不好我们不去公园。",
        "我们今天去看电影很好看。",
        "今天的电影不好看我们走。",
    ]
    train = Corpus.of([Document(f"r{i}", text, ("x",)) for i, text in enumerate(texts)])
    written = NgramGenerator().generate(train, 30, rng=stream(0)).texts
    assert not any(" " in text for text in written)
    assert len(set(written) - set(texts)) > 20


@pytest.mark.parametrize("order", [1, 3])
@pytest.mark.parametrize(
    "texts",
    [["x"], ["?!"], ["word"] * 4, ["a b"], ["今"], ["aaaaaaaaaaaaaaaaaaaaaaa"], HOSTILE, ["a b c d", "e"], [") ) )"]],
)
def test_poor_corpora_give_as_many_texts_as_asked_for(texts: list[str], order: int) -> None:
    """One document, one word, no blanks, no labels, marks only: n texts, none of them empty."""
    train = Corpus.of([Document(f"r{i}", text, ()) for i, text in enumerate(texts)], ("x",))
    written = NgramGenerator(order).generate(train, 9, rng=stream(0))
    assert len(written) == 9
    assert all(document.text.strip() and document.labels == () for document in written)


def test_nothing_to_learn_from_or_nothing_asked_for_is_an_empty_corpus() -> None:
    """Not an error, and the label order stays."""
    assert NgramGenerator().generate(Corpus((), ("x",)), 5, rng=stream(0)) == Corpus((), ("x",))
    assert NgramGenerator().generate(made_corpus(), 0, rng=stream(0)) == Corpus((), ("b", "a", "c"))


def test_another_stream_writes_other_texts() -> None:
    """And all texts of one call differ from one another."""
    first, second = (NgramGenerator().generate(made_corpus(), 40, rng=stream(seed)).texts for seed in (0, 1))
    assert len({*first, *second}) == 80


def test_an_order_below_one_is_refused() -> None:
    """The message says what was got and expected."""
    with pytest.raises(BadConfiguration, match="got n-gram order 0, expected a whole number of at least 1"):
        NgramGenerator(0)


def test_it_is_quick() -> None:
    """660 texts from 165 of 100 words: a second on an idle machine, some on a busy one."""
    train = made_corpus(165, n_words=90)
    began = time.perf_counter()
    NgramGenerator().generate(train, 660, rng=stream(0))
    assert time.perf_counter() - began < 10


@pytest.mark.data
def test_patents_are_not_replayed(data_folder: Path) -> None:
    """Half the texts share under a tenth of their 5-grams with all training patents together."""
    with (data_folder / "uspto64" / "real.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    seeds = [Document(r["id"], r["text"], tuple(sorted(r["labels"]))) for r in rows if r["split"] == "seed"]
    written = NgramGenerator().generate(Corpus.of(seeds), 165, rng=stream(0))
    known = _runs(*(document.text for document in seeds))
    shares = [_held(text, known) for text in written.texts]
    assert np.median(shares) < 0.1
    assert np.mean([text.endswith(".") for text in written.texts]) > 0.75


@pytest.mark.parametrize("text", HOSTILE)
def test_tokens_join_to_their_text(text: str) -> None:
    """Whatever the marks and scripts, blanks come back where they were."""
    assert join(tokenise(text)) == text


def test_white_space_comes_back_as_single_blanks() -> None:
    """Line breaks, tabs and doubled blanks are not kept."""
    assert join(tokenise("  one\n\ntwo,\tthree  ")) == "one two, three"
    assert tokenise(" \n ") == []


def test_a_script_without_blanks_takes_none_at_the_ends_of_a_text() -> None:
    """An ASCII mark does: what ends a text is the same token as what ends a sentence."""
    assert tokenise("今天。") == ["今", "天", "。"]
    assert tokenise("off.") == [" off ", ". "]


def test_sentences_end_where_a_blank_follows_the_mark() -> None:
    """A number's point or an abbreviation's inner one is none; full-width marks need no blank."""
    assert [join(s) for s in sentences(tokenise("It is 3.5, e.g. that! 好。是"))] == [
        "It is 3.5, e.g.",
        "that!",
        "好。",
        "是",
    ]


def _share(label: str, of: str, corpus: Corpus) -> float:
    """Return the share of words of one label in texts of another alone."""
    tokens = [token for document in corpus if document.labels == (of,) for token in tokenise(document.text)]
    return sum(token.startswith(f" {label}") for token in tokens) / len(tokens)


def _runs(*texts: str, n: int = 5) -> set[tuple[str, ...]]:
    rows = [normalised(text).split() for text in texts]
    return {tuple(words[i : i + n]) for words in rows for i in range(len(words) - n + 1)}


def _held(text: str, known: set[tuple[str, ...]]) -> float:
    """Return the share of a text's runs of five words that are known."""
    own = _runs(text)
    return len(own & known) / max(len(own), 1)


@pytest.mark.parametrize("seed", range(5))
def test_texts_that_all_fit_at_once_need_no_second_draw(seed: int) -> None:
    """Between a very short and a very long training text every drawn one fits, and all are given out."""
    texts = ["one two", "word " * 3000, *(f"one two three word{i} four five" for i in range(20))]
    train = Corpus(tuple(Document(f"r{i}", text.strip(), ("a",), None) for i, text in enumerate(texts)), ("a",))
    written = NgramGenerator().generate(train, 15, rng=stream(seed, "fits"))
    assert len(written) == 15
    assert all(document.text for document in written)
