"""What the model was told comes back."""

from __future__ import annotations

import pytest

from synthlift.filters.contract import Decision
from synthlift.filters.prompt_echo import PromptEchoFilter

PROMPT = "Write one patent abstract on heating of powders. Return the bare text only, without any title or header."
OWN = "A furnace receives two powders and heats them slowly until they have become a single solid body of metal."


def test_a_text_that_is_its_instruction_is_dropped_with_score_one(documents):
    """Case and punctuation do not matter."""
    echo = PROMPT.upper().replace(".", " -")
    assert PromptEchoFilter({"d0": PROMPT}).judge(documents([echo])) == [Decision(False, "prompt-echo", 1.0)]


def test_the_score_is_the_share_of_word_8_grams_and_a_fifth_is_allowed(documents):
    """9 words of the instruction have 2 8-grams: of 10 they are a fifth, of 9 more than that."""
    nine = " ".join(PROMPT.split()[:9])
    texts = [f"{nine} zero one two three four five six seven", f"{nine} zero one two three four five six"]
    kept, dropped = PromptEchoFilter({"d0": PROMPT, "d1": PROMPT}).judge(documents(texts))
    assert kept == Decision(True, None, 0.2)
    assert dropped == Decision(False, "prompt-echo", pytest.approx(2 / 9))


def test_only_whole_words_and_only_the_own_instruction_count(documents):
    """Another document's instruction, and a run that ends within a word, are no echo."""
    told = PromptEchoFilter({"d0": OWN, "d1": "Please rewrite one patent abstract on heating of powderss"})
    assert [
        each.score for each in told.judge(documents([PROMPT, "write one patent abstract on heating of powders"]))
    ] == [
        0.0,
        0.0,
    ]


@pytest.mark.parametrize("tag", ["<source-1a2b3c>", "</source-9f00aa>", "<EXAMPLE-00ff12>", "</example-1a2b3c4d"])
def test_a_tag_of_the_prompt_drops_the_text_whatever_its_share(documents, tag):
    """Nobody else can know its nonce; the share is still told, and needs no instruction to be found."""
    told = PromptEchoFilter({"d0": PROMPT}).judge(documents([f"{OWN} {tag}", f"{tag} {OWN}"]))
    assert told == [Decision(False, "prompt-echo", 0.0), Decision(False, "prompt-echo", None)]


def test_an_ordinary_tag_and_short_texts_stay(documents):
    """Under 8 words there is nothing to measure."""
    texts = [f"<source> {OWN} source-code example-based", "Write one patent abstract"]
    assert PromptEchoFilter({"d0": PROMPT, "d1": PROMPT}).judge(documents(texts)) == [
        Decision(True, None, 0.0),
        Decision(True, None, None),
    ]
