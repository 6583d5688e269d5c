"""Keywords of labels: which words are chosen, how they are found, and what is left without them."""

from __future__ import annotations

import pytest

from synthlift.corpus import Corpus, Document
from synthlift.corpus.keywords import Keywords, label_keywords


def corpus(*rows: tuple[str, str], labels: tuple[str, ...] | None = None) -> Corpus:
    documents = [Document(f"d{i}", text, tuple(own.split("|")) if own else ()) for i, (text, own) in enumerate(rows)]
    return Corpus.of(documents, labels)


def words_of(keywords: Keywords) -> dict[str, set[str]]:
    return {label: set(own.values()) for label, own in keywords.words.items()}


def test_words_of_name_and_description_without_function_words_short_words_and_numbers() -> None:
    """A code is a word; so is each part of a name written together."""
    train = corpus(("", "H04N"), ("", "SolarPower"), ("", "sci_fi-2000"))
    chosen = words_of(label_keywords({"H04N": "Pictorial communication, e.g. of television in 3 D"}, train))
    assert chosen == {
        "H04N": {"h04n", "pictorial", "communication", "television"},
        "SolarPower": {"solar", "power"},
        "sci_fi-2000": {"sci"},
    }


def test_a_word_in_most_names_names_nothing() -> None:
    """Over half of the labels; half of them is not over, and of one label all words stay."""
    three = words_of(label_keywords({}, corpus(("", "red paint"), ("", "blue paint"), ("", "oak"))))
    assert three == {"red paint": {"red"}, "blue paint": {"blue"}, "oak": {"oak"}}
    assert words_of(label_keywords({}, corpus(("", "red paint"), ("", "oak")))) == {
        "red paint": {"red", "paint"}, "oak": {"oak"},
    }  # fmt: skip
    assert words_of(label_keywords({}, corpus(("", "red paint")))) == {"red paint": {"red", "paint"}}


@pytest.mark.parametrize(("n_elsewhere", "stays"), [(2, True), (3, True), (4, False)])
def test_a_word_that_documents_of_other_labels_have_names_nothing(n_elsewhere: int, stays: bool) -> None:
    """Over a tenth of the 30 documents without the label; those with it do not count."""
    rows = [("a device", "devices")] * 10 + [("many devices", "oak")] * n_elsewhere + [("", "oak")] * (30 - n_elsewhere)
    assert words_of(label_keywords({}, corpus(*rows)))["devices"] == ({"devices"} if stays else set())


def test_chance_takes_no_word_where_documents_are_few() -> None:
    """Two of five documents are over a tenth, and no proof."""
    rows = [("ruby", "ruby"), ("ruby", "oak"), ("ruby", "oak"), ("", "oak"), ("", "oak"), ("", "oak")]
    assert words_of(label_keywords({}, corpus(*rows)))["ruby"] == {"ruby"}


def test_all_forms_are_found_and_taken_out() -> None:
    """By stem and whatever the case; words that contain a keyword are others, and the rest of the text stays."""
    keywords = label_keywords({"P": "Printing"}, corpus(("", "P"), ("", "Batteries")))
    texts = ["The PRINTER prints.", "Imprint of a battery,\nnew", "nothing"]
    assert keywords.found(texts).tolist() == [[False, True], [True, False], [False, False]]
    assert [keywords.without(text) for text in texts] == ["The .", "Imprint of a ,\nnew", "nothing"]
    assert keywords.has_any.tolist() == [True, True]


def test_of_one_word_that_names_two_labels_both_are_found() -> None:
    """A text has a keyword of each."""
    keywords = Keywords({"a": {"light": "light"}, "b": {"light": "lighting"}, "c": {}}, "word")
    assert keywords.found(["lights"]).tolist() == [[True, True, False]]
    assert keywords.has_any.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Обработка данных", "Новая ОБРАБОТКА."),
        ("Caf\u00e9", "un cafe\u0301 noir"),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u092f\u0939 \u0939\u093f\u0928\u094d\u0926\u0940 \u0939\u0948"),
        ("배터리", "배터리 교체"),
    ],
)
def test_foreign_scripts(label: str, text: str) -> None:
    """Whatever the alphabet or the Unicode form, a name is found where it stands as a word, and taken out."""
    keywords = label_keywords({}, corpus(("", label), ("", "oak"), labels=(label, "oak")))
    assert keywords.found([text, "oaks"]).tolist() == [[True, False], [False, True]]
    assert not keywords.found([keywords.without(text)]).any()


def test_characters_are_found_within_runs() -> None:
    """With the analyzer char a name is found and taken out wherever it stands, without stems."""
    train = corpus(("", "电池"), ("", "体育 新闻"))
    keywords = label_keywords({}, train, "char")
    assert words_of(keywords) == {"电池": {"电池"}, "体育 新闻": {"体育", "新闻"}}
    assert keywords.found(["新型锂电池的制造"]).tolist() == [[False, True]]
    assert keywords.without("新型锂电池的制造") == "新型锂的制造"


def test_labels_without_a_word_have_no_keyword() -> None:
    """Letters, numbers and function words name nothing; texts stay as they are, and nothing is found."""
    for analyzer in ("word", "char"):
        keywords = label_keywords({}, corpus(("the x", "x"), ("12", "12"), ("", "the other")), analyzer)
        assert not keywords.has_any.any()
        assert not keywords.found(["the x 12 other"]).any()
        assert keywords.without("the x 12 other") == "the x 12 other"
