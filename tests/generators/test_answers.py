"""Reading an answer takes off what is around the text, notes it, and drops what is no text, without ever raising."""

from __future__ import annotations

import json
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.generators.answers import Answer, read_answer
from synthlift.models.request import Reply

BARE = "A fan comprises a hub and blades, wherein each blade is hollow."
ID = "text-1a2b3c4d"


def read(text: str, finish: str | None = "stop", answer_id: str | None = None) -> Answer:
    return read_answer(Reply("k", text, finish, None, None, None), answer_id)


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (BARE, ()),
        (f"  \n{BARE}\n", ()),
        (f"```\n{BARE}\n```", ("stripped-fence",)),
        (f"```text\n{BARE}\n```\nLet me know if you need another.", ("stripped-remark", "stripped-fence")),
        (f'"{BARE}"', ("stripped-quotes",)),
        (f"\u201c{BARE}\u201d", ("stripped-quotes",)),
        (f"Abstract: {BARE}", ("stripped-header",)),
        (f"**Abstract**\n\n{BARE}", ("stripped-header",)),
        (f"**Abstract:** {BARE}", ("stripped-header",)),
        (f"## Abstract\n{BARE}", ("stripped-header",)),
        (f"1. Abstract: {BARE}", ("stripped-header",)),
        (f"Claim 1. {BARE}", ("stripped-header",)),
        (f"What is claimed is: {BARE}", ("stripped-header",)),
        (f"# A Quiet Fan\n\n{BARE}", ("stripped-title",)),
        (f"**A Quiet Fan**\n{BARE}", ("stripped-title",)),
        (f"Title: A Quiet Fan\n\nAbstract: {BARE}", ("stripped-title", "stripped-header")),
        (f"# A Machine\n\n**Abstract**\n\n{BARE}", ("stripped-title", "stripped-header")),
        (f"Labels: F04D, H02K\n{BARE}", ("stripped-title",)),
        (f"Sure! Here is a patent abstract:\n\n{BARE}", ("stripped-preamble",)),
        (f"Certainly, here's the text you asked for:\n{BARE}", ("stripped-preamble",)),
        (f"Here is a possible abstract for the patent claim: {BARE}", ("stripped-preamble",)),
        (f"Here\u2019s a rewritten version of it:\n\n\u201c{BARE}\u201d", ("stripped-preamble", "stripped-quotes")),
        (f"{BARE}\n\nNote: This text is invented.", ("stripped-remark",)),
        (f"{BARE}\n\n---\n\n(Word count: 11)", ("stripped-remark",)),
        (f"{BARE}\n\nI hope this helps!", ("stripped-remark",)),
        (f"{BARE}\n\nKeywords: fan, hub\n\nLet me know if you want changes.", ("stripped-remark",)),
        (f"<think>A fan? Yes.</think>\n\n{BARE}", ("stripped-reasoning",)),
        (f"The user wants a fan.\n</think>\n\n{BARE}", ("stripped-reasoning",)),
        (f"A fan\x00 {BARE[6:]}\x1b", ("stripped-control",)),
    ],
)
def test_what_is_around_the_text_comes_off_and_is_noted(text: str, notes: tuple[str, ...]) -> None:
    """Each thing under a code of its own."""
    assert read(text) == Answer(BARE, None, notes)


@pytest.mark.parametrize(
    "text",
    [
        "Text-to-speech synthesis is performed by a processor that stores phonemes.",
        "Abstract-syntax trees are parsed by a compiler.",
        "Description of terrain is stored in a map and read by a vehicle.",
        "Output of a pump is measured. Note that the pump is off.",
        "A method includes:\nheating a wafer; and\n\nNotebooks are cooled by it.",
        '"Stop" is what the signal says, and the driver reads "go".',
        "Here is where the valve opens: at the seat.",
        "Sure, it rains.\nBut who minds?",
        "Okay, this helps. Thank you!",
        "A claim is rejected.\nNote that the sum is due.\n\nI hope this year is better.",
        "'Tis a fan",
        "Two #tags, **bold words** and\n\n- a list.",
    ],
)
def test_a_text_that_only_looks_as_if_stays_whole(text: str) -> None:
    """Taking words from a text would be worse than leaving a heading in it."""
    assert read(text) == Answer(text, None, ())


def test_a_stock_opening_is_kept_and_noted() -> None:
    """Real abstracts open so too: whether it is too much is for the report to say."""
    text = "The present invention relates to a fan with hollow blades."
    assert read(text) == Answer(text, None, ("boilerplate-opening",))


@pytest.mark.parametrize(
    ("text", "finish", "expected"),
    [
        (BARE, "length", Answer(None, "truncated")),
        (BARE, None, Answer(BARE, None, ("finish-unknown",))),
        (BARE, "weird", Answer(BARE, None, ("finish-unknown",))),
        ("<think>The user wants a text.</think>", "stop", Answer(None, "reasoning-only", ("stripped-reasoning",))),
        ("<think>The user wants a text", "stop", Answer(None, "reasoning-only", ("stripped-reasoning",))),
        ("Sure! Here is a patent abstract:", "stop", Answer(None, "empty-text", ("stripped-preamble",))),
        ("**Abstract**\n", "stop", Answer(None, "empty-text", ("stripped-header",))),
        ("```\n\n```", "stop", Answer(None, "empty-text", ("stripped-fence",))),
        ("\x00\x01", "stop", Answer(None, "empty-text", ("stripped-control",))),
    ],
)
def test_a_reply_that_holds_no_whole_text_is_dropped_with_its_reason(
    text: str, finish: str | None, expected: Answer
) -> None:
    """Cut off, reasoning alone, nothing left; an unknown end is kept and noted."""
    assert read(text, finish) == expected


MINE = json.dumps({"id": ID, "text": BARE})
OTHER = json.dumps({"id": "text-00000000", "text": "Another."})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MINE, Answer(BARE, None)),
        (f"<think>Well.</think>{MINE}", Answer(BARE, None, ("stripped-reasoning",))),
        (f"```json\n{MINE}\n```", Answer(BARE, None, ("tolerant-json",))),
        (f"Here you are:\n{MINE}\n\nLet me know {{if}} it fits!", Answer(BARE, None, ("tolerant-json",))),
        (f"{OTHER}\n{MINE}", Answer(BARE, None, ("tolerant-json",))),
        (f"{MINE}\n{MINE}", Answer(BARE, None, ("tolerant-json",))),
        (f"[{MINE}]", Answer(BARE, None, ("tolerant-json",))),
        (f'{{"id": "{ID}", "text": "One\nline."}}', Answer("One\nline.", None, ("tolerant-json",))),
        (f'{{"id": "{ID}", "text": "x", "label": 1}}', Answer("x", None, ("extra-keys",))),
        (
            f'{{"id": "{ID}", "text": "Abstract: x \\ud83d\\u0000"}}',
            Answer("x", None, ("stripped-control", "stripped-header")),
        ),
        (f'{{"id": "{ID}", "text": " "}}', Answer(None, "empty-text")),
        (OTHER, Answer(None, "id-mismatch")),
        (f"{OTHER} {OTHER}", Answer(None, "id-mismatch", ("tolerant-json",))),
        (MINE[:-8], Answer(None, "not-json")),
        (BARE, Answer(None, "not-json")),
        (f'{{"id": 7, "text": "{BARE}"}}', Answer(None, "not-json")),
        ("null", Answer(None, "not-json")),
        ("[" * 200_000, Answer(None, "not-json")),
        ('{"a":' * 200_000, Answer(None, "not-json")),
        (f'{{"id": "{ID}", "text": {"9" * 5000}}}', Answer(None, "not-json")),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
def test_json_is_read_strictly_and_then_as_models_write_it(text: str, expected: Answer) -> None:
    """A text counts only with the id that it was asked for under; depth and digits without end are no JSON."""
    assert read(text, answer_id=ID) == expected


PIECES = st.sampled_from(
    [
        *(
            "```",
            "\n",
            "**",
            "#",
            "Abstract",
            ":",
            "Sure",
            "Here is a text:",
            "Note:",
            "<think>",
            "</think>",
            '"',
            "{",
            "}",
        ),
        *(
            MINE,
            OTHER,
            "\x00",
            "\ud800",
            "\\ud83d",
            "The present invention relates",
            "I hope this helps",
            "---",
            "\u2028",
        ),
    ]
)


@settings(max_examples=400)
@given(
    text=st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=5))).map("".join)),
    finish=st.sampled_from(["stop", "length", None, "eos"]),
    answer_id=st.sampled_from([None, ID]),
)
def test_any_reply_is_a_text_or_a_reason(text: str, finish: str | None, answer_id: str | None) -> None:
    """One of the two, never both; a text is not blank, and a file can hold it; reading is repeatable."""
    answer = read(text, finish, answer_id)
    assert (answer.text is None) != (answer.reason is None)
    assert answer.reason in (None, "truncated", "reasoning-only", "empty-text", "not-json", "id-mismatch")
    assert len(set(answer.notes)) == len(answer.notes)
    if answer.text is not None:
        assert answer.text == answer.text.strip() != ""
        assert "\x00" not in answer.text
        answer.text.encode()
    assert answer == read(text, finish, answer_id)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 1_000_000,
        "\n" * 5_000_000 + "x",
        "<think>" * 700_000,
        "Abstract: " * 500_000,
        "\nNote: x" * 500_000,
        '{"a' * 1_500_000,
        "`" * 5_000_000,
        "the valve opens and " * 400,
    ],
    ids=lambda text: repr(text[:10]),
)
@pytest.mark.parametrize("answer_id", [None, ID])
def test_five_megabytes_are_read_in_a_moment(text: str, answer_id: str | None) -> None:
    """Whatever is repeated, the time does not grow with its square."""
    begun = time.process_time()
    read(text, answer_id=answer_id)
    assert time.process_time() - begun < 5.0


@pytest.mark.data
@pytest.mark.parametrize("corpus", ["uspto64/real", "valueeval_t5/real", "goemotions/data", "hallmarks/data"])
def test_nothing_is_taken_from_texts_that_people_wrote(data_folder: Path, corpus: str) -> None:
    """Abstracts, arguments and comments come through whole, but for one in 500 at most; some do have a header."""
    path = data_folder / f"{corpus}.jsonl"
    if not path.exists():
        pytest.skip(f"{corpus}.jsonl is not in SYNTHLIFT_DATA")
    with path.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"].strip() for line in islice(lines, 3000)]
    changed = [text for text in texts if read(text).text != text and not text.startswith("ABSTRACT: ")]
    assert len(changed) <= 0.002 * len(texts), changed[:3]


def test_a_text_that_the_servers_filter_stopped_is_dropped() -> None:
    """It ends in mid-air, as one that was too long does."""
    assert read_answer(Reply("k", "A fan that", "content_filter", None, None, None)) == Answer(None, "content-filter")
