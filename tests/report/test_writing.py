"""How the synthetic texts were written: the records, and what the page tells of them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from synthlift.api import Options, carry_out, plan
from synthlift.corpus.columns import Columns
from synthlift.report.evidence import Evidence
from synthlift.report.html import render
from synthlift.report.publish import json_bytes
from synthlift.report.summary import Summary, WrittenBy
from synthlift.report.writing import written_by
from synthlift.report.writing_chart import writing_chart
from synthlift.report.writing_tables import (
    MOST_CHARACTERS,
    families_table,
    losses_table,
    prompt_messages,
    servers_table,
    writing_facts,
)
from synthlift.report.writing_words import cost_words, reason_words, sampling_words
from synthlift.storage.ledger import Ledger
from synthlift.study.input import Input

_SAME = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}{% raw %}", "</p></details><svg onload=a>",
    "m" * 300, "&lt;b&gt;<!--", "%s{0}\\n{",
)  # fmt: skip
HOSTILE = {
    **{payload: payload for payload in _SAME},
    "\x1b[31mred\u202e\x00\u2028": "⟦U+001B⟧[31mred⟦U+202E⟧⟦U+0000⟧⟦U+2028⟧",
}


class Page(HTMLParser):
    """Read the section about writing: its tags with attributes, and the text in it."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.told = ""
        self.depth = 0
        self.feed(source.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter the section, or note what is in it."""
        if tag == "section" and (self.depth or ("id", "writing") in attrs):
            self.depth += 1
        if self.depth:
            self.tags.append((tag, dict(attrs)))
            self.told += "\n" if tag == "br" else " "

    def handle_endtag(self, tag: str) -> None:
        """Leave the section at its end."""
        self.depth -= tag == "section" and self.depth > 0

    def handle_data(self, data: str) -> None:
        """Keep what is told in the section."""
        self.told += data if self.depth else ""

    @property
    def text(self) -> str:
        """What is told, blanks made one."""
        return re.sub(r"\s+", " ", self.told)


@pytest.fixture
def study(clear: Summary, recorded: list[dict[str, Any]]) -> Summary:
    """Return the summary of a study whose texts were written."""
    return clear.model_copy(update={"writing": list(written_by(recorded))})


def without_reasons(value: Any) -> Any:
    """Return records as a ledger holds them."""
    if isinstance(value, dict):
        return {name: without_reasons(one) for name, one in value.items() if name != "reason"}
    return [without_reasons(one) for one in value] if isinstance(value, list) else value


def poisoned(value: Any, payload: str) -> Any:
    """Put a payload in every string and every key that is foreign."""
    if isinstance(value, dict):
        free = {"sampling", "unanswered", "dropped", "notes"}
        return {
            name: {f"{payload}{key}": poisoned(one, payload) for key, one in inner.items()}
            if name in free
            else poisoned(inner, payload)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [poisoned(one, payload) for one in value]
    return payload if isinstance(value, str) and value not in {"yes", "no", "unknown"} else value


def test_every_null_has_its_reason(recorded: list[dict[str, Any]]) -> None:
    """What the run did not know is null with a reason that names it, and what it knew is as it was."""
    qwen, llama = written_by(recorded)
    assert qwen.reason is None
    assert llama.revision is None
    assert llama.output_licence is None
    assert llama.reason == (
        "revision: the study names no commit of the weights; output_licence: the study states none"
    )  # fmt: skip
    assert [server.reason for server in qwen.servers] == [None, "model: its answers carry no name"]
    assert [family.reason for family in llama.families] == [None, "prompt: no text was asked for with it"]
    dumped = [without_reasons(each.model_dump(mode="json")) for each in (qwen, llama)]
    assert dumped == recorded


def test_section_has_the_numbers_given(study: Summary) -> None:
    """Each count of a generator, family, reason and note is in the section, with words for its code."""
    told = Page(render(study)).text
    for part in (
        "3,712 of 4,000 · truncated 174", "qwen2.5-7b-instruct 4,000 3,988 3,712",
        "written anew from a label set; answers as text", "revision a09a35458c702b33eeacc393d103063234e8bc28",
        "temperature 0.8, top-p 0.95, 512 tokens at most", "3 training documents", "shown in the prompts",
        "1,843,250 in prompts, 702,117 in answers", "0 by the prices given", "Apache-2.0, as the study states",
        "standard-patent Patent abstract 1 2,000 1,948", "patent-claim Patent claim 2 2,000 1,764",
        "the answer took too long, time and again not answered 9 timeout",
        "the server answered with HTTP status 400 not answered 3 http-400", "no-such-code dropped 38 no-such-code",
        "a heading above it was taken off noted, and kept unless dropped 512 stripped-header",
        "$1.23 by the prices given, and unknown for 40 answers", "40 answers came without a token count",
        "revision not given", "not stated", "prompt: no text was asked for with it",
        "gpu-2:8000 Qwen/Qwen2.5-7B-Instruct no yes yes yes no model: its answers carry no name; Seed: the same seed",
    ):  # fmt: skip
        assert part in told


def test_every_figure_of_the_section_is_in_the_summary(study: Summary) -> None:
    """No number of tables and facts is new: each is a value of the records, or stands in one of their strings."""
    values = re.findall(r"\d+(?:\.\d+)?", json_bytes(study).decode())
    known = {*values, *(f"{int(value):,}" for value in values if "." not in value), "1.23"}  # 1.234567, to the cent
    for record in study.writing:
        cells = [cell for table in (families_table(record), losses_table(record)) for row in table.rows for cell in row]
        told = [*cells, *(text for fact in writing_facts(record) for text in fact)]
        for figure in re.findall(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?", " ".join(told)):
            assert figure.rstrip(",") in known


def test_audits_have_no_such_section(clear: Summary) -> None:
    """Where nothing was written there is neither section, link, chart nor record."""
    source = render(clear)
    assert clear.writing == []
    assert b'id="writing"' not in source
    assert b"#writing" not in source
    assert b"How the synthetic texts were written" not in source


def test_prompts_are_closed_whole_and_keep_their_blanks(study: Summary) -> None:
    """Each family that was asked for has a folded prompt with its lines and indents; a long one is cut and says so."""
    page = Page(render(study))
    assert "Write the bare text:\n  - no title\n    - no remarks" in page.told
    assert "Labels:\n1. walking aids\n2. handles\n\n<example-91ac>" in page.told
    assert page.text.count("A prompt: ") == 3
    assert all("open" not in attributes for tag, attributes in page.tags if tag == "details")
    assert page.text.count("Cut here: summary.json has all of it.") == 1
    long = prompt_messages(study.writing[0].families[1])[0]
    assert long.is_cut
    assert len("".join(long.lines)) == MOST_CHARACTERS
    assert len(study.writing[0].families[1].prompt[0][1]) > MOST_CHARACTERS


def test_pieces_of_a_bar_lie_end_to_end(study: Summary) -> None:
    """Kept and dropped texts of a row end where its answered ones do, inside the bar of those asked for."""
    chart = writing_chart(study)
    assert chart is not None
    boxes = [
        (float(x), float(y), float(width))
        for x, y, width in re.findall(r'd="M([\d.]+),([\d.]+)h([\d.]+)v16h-[\d.]+Z"', chart.svg)
    ]
    for record, y in zip(study.writing, (7.0, 37.0), strict=True):
        row = [(x, width) for x, top, width in boxes if top == y]
        asked, pieces = row[0], row[1:]
        per_text = asked[1] / record.n_asked
        assert len(pieces) == 1 + len(record.dropped)
        assert pieces[0] == pytest.approx((0, record.n_kept * per_text), abs=0.01)
        ends = [x + width for x, width in pieces]
        assert [x for x, _ in pieces[1:]] == pytest.approx(ends[:-1], abs=0.01)
        assert ends[-1] == pytest.approx(record.n_answered * per_text, abs=0.01)


def test_nothing_asked_for_is_said_in_words(study: Summary) -> None:
    """Without a text asked for there is no chart, and a sentence in its place."""
    none = {"n_asked": 0, "n_answered": 0, "n_kept": 0, "unanswered": {}, "dropped": {}, "notes": {}}
    writing = [record.model_copy(update=none) for record in study.writing]
    empty = study.model_copy(update={"writing": writing})
    assert writing_chart(empty) is None
    told = Page(render(empty)).text
    assert "No text was asked for." in told
    assert "No text was lost, and nothing is noted of any." in told


def test_a_server_of_two_generators_is_listed_once(study: Summary) -> None:
    """Servers are listed by model and address, whichever generators asked them."""
    other = study.writing[0].model_copy(update={"generator": "the same model, other prompts"})
    twice = study.model_copy(update={"writing": [*study.writing, other]})
    assert servers_table(twice) == servers_table(study)
    assert len(servers_table(study).rows) == 2


def test_hostile_text_in_every_slot_is_shown_and_inert(study: Summary, recorded: list[dict[str, Any]]) -> None:
    """Markup, templates, escapes and endless names are text: the section has the tags that it has without them."""
    own = {tag for tag, _ in Page(render(study)).tags}
    for payload, shown in HOSTILE.items():
        source = render(study.model_copy(update={"writing": list(written_by(poisoned(recorded, payload)))}))
        page = Page(source)
        assert {tag for tag, _ in page.tags} <= own
        assert not any(name.startswith("on") or name in {"src", "style"} for _, a in page.tags for name in a)
        assert not set("\x1b\u202e\x00\u2028") & set(source.decode())
        assert page.told.count(shown) > 30


def test_equal_records_give_equal_bytes(study: Summary) -> None:
    """Page and summary depend on the records alone, and the summary reads back as it was."""
    again = Summary.model_validate_json(json_bytes(study))
    assert again == study
    assert render(again) == render(study)
    assert json_bytes(again) == json_bytes(study)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cost_usd": 0.0}, "0 by the prices given"),
        ({"cost_usd": 0.0012}, "less than $0.01 by the prices given"),
        ({"cost_usd": 1234.5}, "$1,234.50 by the prices given"),
        ({"cost_usd": 0.0, "n_without_tokens": 7}, "0 by the prices given, and unknown for 7 answers"),
        ({"cost_usd": 0.01, "n_without_tokens": 1}, "$0.01 by the prices given, and unknown for 1 answer"),
        ({"cost_usd": 0.0, "n_without_tokens": 3988}, "unknown: 3,988 answers came without a token count"),
    ],
)
def test_cost_is_never_nought_where_it_is_unknown(study: Summary, changed: dict[str, Any], words: str) -> None:
    """Answers without a token count have a cost that nobody knows."""
    assert cost_words(study.writing[0].model_copy(update=changed)) == words


def test_sampling_is_told_in_words(study: Summary) -> None:
    """Known parameters have words, others their name, and none is said too."""
    odd: WrittenBy = study.writing[0].model_copy(update={"sampling": {"top_k": 40, "min_p": 0.05, "extra": {"a": [1]}}})
    assert sampling_words(odd) == 'top-k 40, min_p 0.05, extra {"a":[1]}'
    assert sampling_words(study.writing[1]) == "no parameters: as the server samples by default"


def test_unknown_codes_stay_as_they_are() -> None:
    """A code of a filter that this version does not know is its own word."""
    assert reason_words("a-rule-of-tomorrow") == "a-rule-of-tomorrow"
    assert reason_words("http-4000") == "http-4000"


def test_a_run_that_wrote_texts_tells_of_them(
    tmp_path: Path, simulated_files: tuple[Path, Path], recorded: list[dict[str, Any]]
) -> None:
    """The records that a run has stored in its ledger are the evidence of the report; an audit has none."""
    out = tmp_path / "run"
    given = Input(*simulated_files, columns=Columns(split="split"), where={"generator": ["writer"]})
    summary, _ = carry_out(plan(given, Options(replicates=1, delta=0.02)), out)
    assert summary.writing == []
    with Ledger.open(out / "ledger.db") as ledger:
        assert Evidence.load(ledger).writing == []
        ledger.put("writing", recorded)
        assert list(written_by(Evidence.load(ledger).writing)) == list(written_by(recorded))
