"""Answers: what models put around a text is taken off, and nothing of the text."""

from __future__ import annotations

import json
import random
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from synthlift.generators.answers import Answer, read_answer
from synthlift.models.request import Reply

FAN = "A fan cools a battery pack. The fan is driven by a motor, wherein the motor is sealed."
CLAIM = "A method of cooling a battery pack, the method comprising: driving a fan; and sealing a motor."
TWO = "A fan cools a battery pack.\n\nThe fan is driven by a motor."


def read(text: str, answer_id: str | None = None, finish: str | None = "stop") -> Answer:
    return read_answer(Reply("k", text, finish, None, None, None), answer_id)


def readable(text: str) -> str:
    return "".join(each for each in text if each in "\t\n\r" or unicodedata.category(each) not in ("Cc", "Cs"))


# as small open models answer, each with what is left of it
WRAPPED = [
    # Phi
    (f"**Abstract:**\n\n{FAN}", FAN, "header"),
    (f"**Patent Abstract**\n\n{FAN}", FAN, "header"),
    (f"Abstract: {FAN}", FAN, "header"),
    (f"**Title: Fan Assembly for Battery Packs**\n\n**Abstract:**\n{FAN}", FAN, "title header"),
    (f"Title: Fan Assembly for Battery Packs\n\nAbstract:\n{FAN}", FAN, "title header"),
    (f"{FAN}\n\n(Word count: 17)", FAN, "remark"),
    (f"{FAN}\n\nNote: This abstract is fictional and was written for the given topics.", FAN, "remark"),
    (f"{FAN}<|end|>", FAN, "control"),
    (f"{FAN}\n<|endoftext|>\n", FAN, "control"),
    (f"Rewritten Text:\n{FAN}", FAN, "header"),
    # Mistral
    (f'"{FAN}"', FAN, "quotes"),
    (f"Title: Fan Assembly\n\n{FAN}", FAN, "title"),
    (f"Fan Assembly for Battery Packs\n\n{FAN}", FAN, "title"),
    (f"{FAN}\n\nKeywords: fan, battery pack, motor", FAN, "remark"),
    (f"Claim 1. {CLAIM}", CLAIM, "header"),
    (f"Patent Claim:\n\n{CLAIM}", CLAIM, "header"),
    (f"{FAN}</s>", FAN, "control"),
    (f"[{FAN}]", f"[{FAN}]", ""),
    (f"'{FAN}'", FAN, "quotes"),
    (f"'The fan's motor doesn't stop. {FAN}'", f"The fan's motor doesn't stop. {FAN}", "quotes"),
    # Qwen
    (f"<think>\nThe user wants an abstract.\n</think>\n\n{FAN}", FAN, "reasoning"),
    (f"<think>\n\n</think>\n\n{FAN}", FAN, "reasoning"),
    (f"Okay, the user wants an abstract. Let me think.\n</think>\n\n{FAN}", FAN, "reasoning"),
    (f"### Patent Abstract\n\n{FAN}", FAN, "header"),
    (f"```plaintext\n{FAN}\n```", FAN, "fence"),
    (f"```\n{TWO}\n```", TWO, "fence"),
    (f"# Fan Assembly for Battery Packs\n\n{FAN}", FAN, "title"),
    (f"{FAN}\n\n---", FAN, "remark"),
    (f"Certainly! Here is a patent abstract on the given topics:\n\n---\n\n{FAN}", f"---\n\n{FAN}", "preamble"),
    (f"{FAN}<|im_end|>", FAN, "control"),
    # Llama
    (f"Here is a patent abstract that fits the topics:\n\n{FAN}", FAN, "preamble"),
    (f"Here's a rewritten version of the text in 60 to 180 words:\n\n{FAN}", FAN, "preamble"),
    (f"Here is the paraphrased text:\n\n{FAN}\n\nLet me know if you'd like me to revise it!", FAN, "preamble remark"),
    (f"{FAN} Let me know if you'd like more examples!", FAN, "remark"),
    (f"Here is a possible abstract for the patent claim: {FAN}", FAN, "preamble"),
    (f"**Breaking: Fan Cools Battery Pack**\n\n{FAN}", FAN, "title"),
    (f"I have rewritten the text in my own words:\n\n{FAN}", FAN, "preamble"),
    (f"**Claim 1:**\n\n{CLAIM}", CLAIM, "header"),
    (f"Based on the topics above, here is a short news item:\n\n{FAN}", FAN, "preamble"),
    (f"**{'Fan Assembly'}**\n\n**Abstract**\n\n{FAN}\n\n**Keywords:** fan, motor", FAN, "title header remark"),
    # Gemma
    (f"## Abstract\n\n{FAN}", FAN, "header"),
    (f"**Abstract** {FAN}", FAN, "header"),
    (f"**Abstract**: {FAN}", FAN, "header"),
    (f"## Fan Assembly\n\n**Abstract**\n\n{FAN}\n\n\n", FAN, "title header"),
    (f"Sure, here's the paraphrase of the source text:\n\n> {FAN}", f"> {FAN}", "preamble"),
    (f"Okay, here's a product description:\n\n**Product Description:**\n\n{FAN}", FAN, "preamble header"),
    (f"{FAN}\n\nWould you like me to try another version?", FAN, "remark"),
    (f"{FAN}\n\nI hope this helps! Let me know if you have any other questions.", FAN, "remark"),
    (f"{FAN} <end_of_turn>", FAN, "control"),
    (f"\u201c{FAN}\u201d", FAN, "quotes"),
    (f"{FAN}\n\n(78 words)", FAN, "remark"),
    (
        f"Here is the rewritten text:\n\n```\n{FAN}\n```\n\nNote: I kept the technical terms.",
        FAN,
        "preamble fence remark",
    ),
    (f'Sure! Here is the text.\n\n"{FAN}"', FAN, "preamble quotes"),
]

# texts that are whole as they are
WHOLE = [
    "Abstract art is sold by a machine that prints it.",
    "Abstract interpretation of a program is done in two passes.",
    "Summary judgment was granted on Monday.",
    "Text-based search engines rank by terms. A new one does not.",
    "Claim-based identity is checked by a token.",
    "Comment sections are moderated by a queue.",
    "Title insurance: who pays it is decided at closing.",
    "Title 9: what it means for colleges.",
    "Article 5: no person shall be held without a charge.",
    "Output: 240 W at 12 V. The charger has two ports.",
    "Note that the seal is optional.",
    "News from Sprint: a deal makes its service wider.",
    "Here is a device that opens a can, and here is how: turn it.",
    "Here's the thing:\nnobody reads the manual.",
    "Here are three reasons:\nit is cheap, it is light, it lasts.",
    "Sure, but what about the cost?\nI would not pay that.",
    "Sure! I would do it again.\nAny time.",
    "Of course, nobody at the plant knew.\n\nThe valve had been shut for years.",
    "Certainly the best match this year.\n\nThe second half was dull.",
    "Absolutely!\nI had the same problem.",
    "Okay I read the article twice:\nit never says so.",
    "I read the article twice:\nit never says so.",
    "A claim is one sentence. A claim of this kind has three parts.",
    "A device cools a pack.\n\nIt has a fan.",
    "The device comprises:\n\na fan, and a motor.",
    "**The device cools a pack.**\n\nIt has a fan.",
    "**Fan** and motor are one unit.",
    "**Text** is recognised by a camera.",
    "I do like that one\n\nbut it is loud.",
    '"It works," said the engineer, and her colleague added: "It scales."',
    '"Open" is a state, and so is "shut"',
    '"Open" is a state.',
    "'Tis the season of the players'",
    "The so-called 'smart' fan 'thinks'",
    "The valve opens.\n\nNote that it closes again at 40 \u00b0C.",
    "The valve opens.\n\nNote: the spring must be cold.",
    "The valve opens. Note: the spring must be cold. Then it closes.",
    "The words are ranked.\n\nKeyword search is then run on them.",
    "It was a good year.\n\nI hope this trend goes on.",
    "I have three of them. Let me know if you need one.",
    "No idea really.\n\nFeel free to disagree.",
    "A list has - dashes --- and ** stars ** in it.",
    "It costs 5 dollars (about 4 euros).",
    "```python\nprint(1)\n```\nprints a number, and\n```\n1\n```",
    "1. A method of cooling a pack, comprising a step of driving a fan.",
    "#fan is trending.\nSo is #motor.",
    "</s> ends a line in old markup, and this goes on.",
    "A sum of 1 and 1 is {2}.",
    "e.g. a fan",
]


@pytest.mark.parametrize(("text", "left", "codes"), WRAPPED)
def test_what_models_put_around_a_text_is_taken_off_and_noted(text: str, left: str, codes: str) -> None:
    """Headings, preambles, remarks, fences, quotes, reasoning, and what is left of chat templates."""
    answer = read(text)
    assert (answer.text, answer.reason) == (left, None)
    assert set(answer.notes) == {f"stripped-{code}" for code in codes.split()}


@pytest.mark.parametrize("text", WHOLE)
def test_what_belongs_to_a_text_stays(text: str) -> None:
    """Debris that stays can be seen and filtered; content that is cut off is gone."""
    assert read(text) == Answer(text, None)


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (FAN, "length", "truncated"),
        ("<think>Hm.</think>", "stop", "reasoning-only"),
        ("<think>Hm, and so on", "stop", "reasoning-only"),
        ("Hm.\n</think>\n", "stop", "reasoning-only"),
        ("**Abstract:**", "stop", "empty-text"),
        ("\x1b\x07", "stop", "empty-text"),
        ("</s>", "stop", "empty-text"),
        ("```\n\n```", "stop", "empty-text"),
    ],
)
def test_where_there_is_no_text_there_is_a_reason(text: str, finish: str, reason: str) -> None:
    """Never both, never none."""
    answer = read(text, finish=finish)
    assert (answer.text, answer.reason) == (None, reason)


@pytest.mark.parametrize("finish", [None, "eos", "weird"])
def test_a_reply_that_does_not_say_how_it_ended_is_kept_and_noted(finish: str | None) -> None:
    """It may be whole."""
    assert read(FAN, finish=finish) == Answer(FAN, None, ("finish-unknown",))


@pytest.mark.parametrize(
    "opening",
    [
        "The present invention relates to",
        "The invention relates to",
        "This invention provides",
        "The present disclosure is directed to",
        "THE INSTANT APPLICATION DISCLOSES",
    ],
)
def test_a_stock_opening_is_kept_and_noted(opening: str) -> None:
    """It is how such texts are written; how often, the report tells."""
    assert read(f"{opening} a fan.") == Answer(f"{opening} a fan.", None, ("boilerplate-opening",))
    assert read("The inventions relate to a fan.").notes == ()


def test_controls_are_taken_out_of_the_middle_of_a_text_and_line_ends_are_not() -> None:
    """What no file or terminal should get."""
    assert read("A\x00 fan\x1b[31m\x9b\r\n\tcools\x7f.") == Answer("A fan[31m\r\n\tcools.", None, ("stripped-control",))


ID = "text-0a1b2c3d"
OBJECT = json.dumps({"id": ID, "text": FAN})


@pytest.mark.parametrize(
    ("text", "left", "notes"),
    [
        (OBJECT, FAN, ()),
        (f"\n{OBJECT}\n", FAN, ()),
        (json.dumps({"id": ID, "text": FAN, "labels": ["X"]}), FAN, ("extra-keys",)),
        (json.dumps({"id": ID, "text": f"**Abstract:** {FAN}"}), FAN, ("stripped-header",)),
        (json.dumps({"id": ID, "text": f"{FAN}\u0000\u001b"}), FAN, ("stripped-control",)),
        (f'{{"id": "{ID}", "text": "half a \\ud83dpair"}}', "half a pair", ("stripped-control",)),
        (f"```json\n{OBJECT}\n```", FAN, ("tolerant-json",)),
        (f"Here is the JSON object:\n\n{OBJECT}\n\nLet me know if you need more!", FAN, ("tolerant-json",)),
        (f"{OBJECT}\n{OBJECT}", FAN, ("tolerant-json",)),
        (f'{{"id": "text-ffffffff", "text": "Another."}}\n{OBJECT}', FAN, ("tolerant-json",)),
        (f"[{OBJECT}]", FAN, ("tolerant-json",)),
        (f'{{"answer": {OBJECT}}}', FAN, ("tolerant-json",)),
        (f'{{"id": "{ID}", "text": "A fan.\n\tIt cools."}}', "A fan.\n\tIt cools.", ("tolerant-json",)),
        (f"<think>{{}}</think>{OBJECT}", FAN, ("stripped-reasoning",)),
        (f"{OBJECT}<|im_end|>", FAN, ("stripped-control",)),
    ],
)
def test_json_is_read_as_models_write_it(text: str, left: str, notes: tuple[str, ...]) -> None:
    """Strictly first, then with fences, prose, further objects and raw line ends; the text is stripped as any other."""
    assert read(text, ID) == Answer(left, None, notes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FAN, "not-json"),
        (OBJECT[:-8], "not-json"),
        (json.dumps({"id": ID, "content": FAN}), "not-json"),
        (json.dumps({"id": 7, "text": FAN}), "not-json"),
        (json.dumps({"id": ID, "text": [FAN]}), "not-json"),
        (json.dumps(OBJECT), "not-json"),
        ("[" * 100_000, "not-json"),
        ('{"id": ' + "9" * 5_000 + ', "text": "x"}', "not-json"),
        (OBJECT.replace(ID, "text-ffffffff"), "id-mismatch"),
        (OBJECT.replace(ID, ID.upper()), "id-mismatch"),
        (json.dumps({"id": ID, "text": " \n"}), "empty-text"),
        (json.dumps({"id": ID, "text": "\u0000"}), "empty-text"),
    ],
)
def test_json_that_holds_no_text_for_this_id_is_refused(text: str, reason: str) -> None:
    """A text with another id belongs to other labels, and is not given these."""
    answer = read(text, ID)
    assert (answer.text, answer.reason) == (None, reason)


PIECES = (
    "\n",
    "\n\n",
    " ",
    "**",
    "```",
    "Abstract",
    ":",
    '"',
    "'",
    "Sure!",
    "Here is the text:",
    "<think>",
    "</think>",
)
PIECES += (
    "Note:",
    "{",
    "}",
    '"id"',
    f'"{ID}"',
    '"text"',
    "# ",
    "---",
    "A fan.",
    "</s>",
    "\x00",
    "(9 words)",
    "Title",
    FAN,
)
REPLIES = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))


@given(REPLIES, st.sampled_from([None, ID]), st.sampled_from(["stop", "length", None]))
@example("Here is the text:\n\nHere is the text:\n\nA fan.", None, "stop")
def test_any_reply_gives_a_text_or_a_reason(text: str, answer_id: str | None, finish: str | None) -> None:
    """Never both, never none; a text is never blank, has no control characters, and was in the reply."""
    answer = read(text, answer_id, finish)
    assert (answer.text is None) != (answer.reason is None)
    if answer.text is not None:
        assert answer.text == answer.text.strip() != ""
        assert answer.text == readable(answer.text)
        assert len(set(answer.notes)) == len(answer.notes)
        if answer_id is None and "think" not in text:
            assert answer.text in readable(text)


@given(REPLIES)
def test_what_was_read_is_read_again_as_it_is(text: str) -> None:
    """Nothing more comes off, but for what was wrapped more often than anybody wraps."""
    layers = sum(text.count(mark) for mark in ("```", "**", '"', "'", "</s>", ":", "Title", "think"))
    once = read(text).text
    if once is not None and layers <= 3:
        assert read(once).text == once


@pytest.mark.parametrize("answer_id", [None, ID])
@pytest.mark.parametrize(
    "text",
    [
        *("{" * 100_000, '{"":' * 25_000, '{"a":[' * 16_000, "{}" * 50_000, '{"id":"' * 14_000, "[{" * 50_000),
        *("```" * 33_000, "```\n" * 25_000, "\n```" * 25_000, "``` \n" * 20_000),
        *("\n" * 50_000 + "a", "a" + "\n" * 99_999 + "a", "a" + " " * 99_999 + "a", "a" + "\n " * 50_000 + "a"),
        *("**" * 50_000, "*" * 100_000, "# " * 50_000, "#" * 100_000, "(" * 100_000, "\n(" * 50_000, "a\n---" * 20_000),
        *("<think>" * 14_000, "</think>" * 12_000, "<think></think>" * 6_000, "</s>" * 25_000, "a</s> " * 16_000),
        *("note:" * 20_000, "\nnote: i" * 12_000, "a\nlet me know if you " * 5_000, "patent " * 14_000),
        *("Sure! " * 16_000, "Here is " * 12_000, "A " * 50_000, "Abstract:\n" * 10_000, '"' * 100_000, "'a" * 50_000),
    ],
)
def test_no_reply_takes_long(text: str, answer_id: str | None) -> None:
    """A hundred thousand characters of whatever a rule begins with, in under a second."""
    started = time.perf_counter()
    read(text, answer_id)
    assert time.perf_counter() - started < 1


@pytest.mark.data
def test_of_texts_that_models_wrote_only_wrapping_is_taken_off(data_folder) -> None:
    """What goes is within the first 60 characters or the last 250, and so short that no content can hide in it."""
    for name in ("a61b_llm", "uspto64", "ag_news_llm"):
        lines = (data_folder / name / "synthetic.jsonl").read_text(encoding="utf-8").splitlines()
        for line in random.Random(0).sample(lines, min(len(lines), 3000)):
            text = json.loads(line)["text"]
            answer = read(text)
            assert answer.text is not None
            before, _, after = text.partition(answer.text)
            assert len(before) <= 60
            assert len(after) <= 250
            assert not after.strip(" '\"\u201d") or after.lower().lstrip().startswith("let me know if")
