"""Refusals are recognised, and what people say is not taken for one."""

from __future__ import annotations

import pytest

from synthlift.corpus.reading import read_real
from synthlift.corpus.refusals import is_refusal

REFUSALS = [
    "I'm sorry, but I can't assist with that request.",
    "I\u2019m sorry, but I can\u2019t help with that.",
    "I am sorry, but I cannot fulfill this request.",
    "Sorry, I can't comply with that.",
    "I apologize, but I cannot provide a paraphrase of that text.",
    "I apologize, but as an AI language model, I cannot write hateful comments.",
    "As an AI language model, I don't have personal opinions.",
    "As an AI assistant, I'm not able to do this.",
    "As an AI developed by a lab, I cannot do that.",
    '"I cannot generate content that promotes violence."',
    "**I can't create explicit content.**",
    "Unfortunately, I am unable to generate such examples.",
    "I'm not able to process this request.",
    "I must respectfully decline to write this text.",
]
SPEECH = [
    "I'm sorry, but I can't believe you did this.",
    "I'm sorry but I can't wait for the next season!",
    "I can't help but think this is wrong.",
    "Sorry, I can't make it tonight.",
    "I cannot sadly, good luck though.",
    "I am sorry for your loss.",
    "As an AI researcher I can tell you that it won't work.",
    "As an artist, I do not agree.",
    "Unfortunately I don't know how to read hangul.",
    "He said: I'm sorry, but I can't assist with that request.",
    "I can't provide for my family on this wage.",
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_models_refusal_is_recognised(text):
    """Regret or not, straight or curly apostrophes, quoted or bold."""
    assert is_refusal(text)


@pytest.mark.parametrize("text", SPEECH)
def test_what_a_person_says_is_no_refusal(text):
    """A regret alone, an idiom, or a quotation further on is speech."""
    assert not is_refusal(text)


def test_a_long_text_that_begins_with_one_is_kept():
    """What follows the refusal may be the document."""
    assert not is_refusal(REFUSALS[0] + " " + "But here is what the comment may have said. " * 12)


@pytest.mark.data
@pytest.mark.parametrize("name", ["goemotions", "hallmarks", "stemcell"])
def test_no_document_of_a_real_corpus_looks_like_one(data_folder, name):
    """Fifty thousand comments, many of which begin with "sorry", hold none."""
    reading = read_real(data_folder / name / "data.jsonl")
    assert [document.text for document in reading.documents if is_refusal(document.text)] == []
