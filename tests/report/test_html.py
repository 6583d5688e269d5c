"""The page: safe, offline, the same bytes, and only numbers of the Summary."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from synthlift.metrics.metric import ALL
from synthlift.report import wording
from synthlift.report.display import count, gain, p_value, percent, score
from synthlift.report.glossary import DEFINITIONS
from synthlift.report.html import render
from synthlift.report.pairs import Pairs
from synthlift.report.summary import Summary

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "javascript:alert(1)",
    "</style></svg><svg onload=alert(1)>",
    "<!--<![CDATA[ &amp; ]]>-->",
)
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
VOID = {"meta", "br", "hr", "img", "link", "input"}
LOADS = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "xlink:href"}


PAGES: dict[str, bytes] = {}


def rendered(summary: Summary, pairs: Pairs | None = None) -> bytes:
    """Return the page of a summary, drawn once for all tests: charts take their time."""
    key = f"{summary.model_dump_json()} {pairs}"
    if key not in PAGES:
        PAGES[key] = render(summary, pairs)
    return PAGES[key]


ALLOWED = """
html head meta title style script body a header p nav ul ol li main section h1 h2 h3 h4 span strong b code dl div dt dd
br mark
figure figcaption details summary table caption thead tbody tr th td footer svg g path line rect text desc
"""


class Page(HTMLParser):
    """A strict reader: every element is closed in order; tags, attributes and text are kept."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(source.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep a text with the elements around it."""
        self.texts.append((tuple(self.open), data))

    @property
    def text(self) -> str:
        """All text a reader sees."""
        return " ".join(text for path, text in self.texts if not {"style", "script", "title"} & set(path))


def test_page_holds_nothing_that_runs_or_loads_but_our_script(any_summary: Summary, hostile_pairs: Pairs) -> None:
    """No other script, no handler, style attribute, link out, frame or foreign element, in any study."""
    page = Page(rendered(any_summary, hostile_pairs))
    allowed = set(ALLOWED.split())
    for tag, attributes in page.tags:
        assert tag in allowed
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in LOADS | {"style"}
            assert name != "href" or (value or "").startswith("#")
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert [(tag, a) for tag, a in page.tags if tag == "script"] == [("script", {})]
    own = resources.files("synthlift.report").joinpath("templates", "report.js").read_text(encoding="utf-8")
    assert "".join(text for path, text in page.texts if "script" in path) == own


def test_our_script_neither_evaluates_nor_loads() -> None:
    """The script makes elements and moves rows: it reads no markup, evaluates no text and asks for nothing."""
    own = resources.files("synthlift.report").joinpath("templates", "report.js").read_text(encoding="utf-8")
    dangerous = r"eval|Function|(inner|outer)HTML|insertAdjacent|document\.write|import|fetch|XMLHttp|Socket|Worker"
    assert not re.search(rf"{dangerous}|Timeout|location|cookie|Storage|http|<", own)


def test_policy_allows_style_sheet_and_script_by_their_hashes(clear: Summary) -> None:
    """The hashes in the policy are those of the bytes between the tags, and nothing else is allowed."""
    source = rendered(clear)
    css = re.search(rb"<style>(.*?)</style>", source, re.DOTALL)
    script = re.search(rb"<script>(.*?)</script>", source, re.DOTALL)
    policy = next(a["content"] for tag, a in Page(source).tags if tag == "meta" and "http-equiv" in a)
    assert css is not None
    assert script is not None
    assert policy is not None
    style, code = (base64.b64encode(hashlib.sha256(found[1]).digest()).decode() for found in (css, script))
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{code}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    assert b"url(" not in css[1]
    assert b"@import" not in css[1]


def test_ids_are_unique_and_references_resolve(any_summary: Summary, hostile_pairs: Pairs) -> None:
    """Every fragment link and every aria-labelledby points to one element."""
    page = Page(rendered(any_summary, hostile_pairs))
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        targets = (attributes.get("aria-labelledby") or "").split()
        if "href" in attributes:
            targets.append((attributes["href"] or "").removeprefix("#"))
        assert set(targets) <= set(ids)


def test_page_has_landmarks_and_labelled_tables(any_summary: Summary, hostile_pairs: Pairs) -> None:
    """Language, main, navigation, skip link, one h1; each table has a caption, each scroller can be reached by key."""
    page = Page(rendered(any_summary, hostile_pairs))
    tags = [tag for tag, _ in page.tags]
    assert page.tags[0] == ("html", {"lang": "en"})
    assert tags.count("main") == tags.count("nav") == tags.count("h1") == 1
    assert tags.count("table") == tags.count("caption")
    assert all(a.get("scope") in {"row", "col"} for tag, a in page.tags if tag == "th")
    scrollers = [a for _, a in page.tags if a.get("class") == "scroll"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in scrollers)
    assert tags.count("figure") == tags.count("svg") == tags.count("figcaption")


def numbers_of(value: Any) -> Iterator[float]:
    """Every number in a dumped Summary, and those written inside its sentences."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from numbers_of(key)
            yield from numbers_of(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from numbers_of(one)
    elif isinstance(value, str):
        yield from (float(found.replace(",", "")) for found in re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", value))
    elif isinstance(value, int | float):
        yield value


def test_every_number_on_the_page_is_in_the_summary(clear: Summary) -> None:
    """Whatever has three decimals, or stands in a table or a fact, is a number of the Summary, rounded for display."""
    known = list(numbers_of(clear.model_dump()))
    shown = {show(n) for n in known for show in (score, gain, p_value, percent)} | {count(int(n)) for n in known}
    spelled = {figure for one in shown for figure in re.findall(r"\d[\d,]*(?:\.\d+)?", one)}
    names = re.compile("qwen2.5-7b-instruct|llama-3.1-8b|micro-F1|95.% interval|(?:9f2c){16}")
    checked = 0
    for path, text in Page(rendered(clear)).texts:
        in_table = bool({"td", "dd"} & set(path)) and text not in {meaning for _, meaning in DEFINITIONS}
        pattern = r"\d+(?:,\d{3})*(?:\.\d+)?" if in_table else r"\d[\d,]*\.\d{3}"
        for figure in [] if {"style", "script"} & set(path) else re.findall(pattern, names.sub("", text)):
            assert figure in spelled, (path, text)
            checked += 1
    assert checked > 400


def test_every_score_and_contrast_is_on_the_page(clear: Summary) -> None:
    """No record of the Summary is left out: each mean, gain and effect can be read."""
    text = Page(rendered(clear)).text
    for record in clear.scores:
        assert score(record.mean) in text
    for estimate in clear.estimates:
        assert gain(estimate.value) in text
    for effect in clear.minimum_detectable_effect:
        assert score(effect.value) in text
    for label in clear.labels:
        assert label.label in text


def test_headline_says_outcome_in_words_and_sign(clear: Summary) -> None:
    """Word, symbol, sentence, interval, delta, agreement and declaration are all there, and first."""
    text = re.sub(r"\s+", " ", Page(rendered(clear)).text)
    head = text[: text.index("Does it beat the controls?")]
    for part in ("▲", "Helps", clear.verdict.sentence, "+0.129", "[+0.099, +0.158]", "+0.010", "also in 2 of 3"):
        assert part in head
    assert "before the first score" in head
    assert "generated-from-other-documents" in head


def test_declaration_after_scores_is_an_alarm(clear: Summary) -> None:
    """A delta changed after scores existed is said in the headline."""
    declared = clear.method.declared.model_copy(update={"changed_after_scores": True})
    changed = clear.model_copy(update={"method": clear.method.model_copy(update={"declared": declared})})
    assert "changed after scores existed" in Page(rendered(changed)).text


def test_every_null_has_its_reason(cannot_tell: Summary) -> None:
    """What does not exist is a dash with the reason beside it, never None, nan or an empty chart."""
    source = rendered(cannot_tell)
    page = Page(source)
    text = re.sub(r"\s+", " ", page.text)
    for kind in ("scores", "contrast", "ladder", "power", "label", "grid", "advice"):
        assert f"all replicates of real+synthetic failed ({kind})" in text
    assert "There is no interval to draw: all replicates of real+synthetic failed" in text
    assert "below 50 documents: refused" in text
    assert "Mend the failing trials and run again." in text
    assert b"<svg" not in source
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", text)


def section(page: Page, start: str, end: str) -> str:
    """Return the text of the page between two headings, spaces made one."""
    text = re.sub(r"\s+", " ", page.text)
    text = text[text.index("Does it beat the controls?") :]
    return text[text.index(start) : text.index(end)]


def test_labels_are_counted_explained_and_the_rare_ones_listed(clear: Summary) -> None:
    """How many gain and lose, what shrinkage is, and which labels are too rare to say, with their test positives."""
    told = section(Page(rendered(clear)), "Which labels gain", "What could this run have seen?")
    for part in ("Of 2 such labels", "2 gain", "0 lose", "q below 0.05", wording.SHRINKAGE_WHY):
        assert part in told
    assert "Too rare to say (fewer than 10 positive test documents): 1 smart canes 4" in told


def test_power_is_the_largest_effect_of_the_declared_cell(clear: Summary) -> None:
    """The sentence names test documents, replicates and the largest effect: all controls must be beaten."""
    other = clear.minimum_detectable_effect[0].model_copy(update={"classifier": "embedding", "value": 0.9})
    changed = clear.model_copy(
        update={"minimum_detectable_effect": [other, *reversed(clear.minimum_detectable_effect)]}
    )
    told = section(Page(rendered(changed)), "What could this run have seen?", "How much depends on the cut-off?")
    assert "With your 900 test documents and 10 replicates you can see a gain of 0.044 or more" in told
    assert "80 % of repetitions" in told


def test_best_generator_is_named_with_its_caution(clear: Summary) -> None:
    """The largest gain is named, and that being the best of several flatters it; one generator has no such section."""
    told = section(Page(rendered(clear)), "Which generator\u2019s text helps most?", "Which labels gain")
    assert "The largest gain here is that of qwen2.5-7b-instruct : +0.129 [+0.099, +0.158]." in told
    assert wording.WINNERS_CURSE in told
    own = [record for record in clear.verdicts if record.generator == clear.verdict.generator]
    assert "Which generator" not in Page(rendered(clear.model_copy(update={"verdicts": own}))).text


def test_floors_stand_beneath_the_conditions_in_plain_words(clear: Summary) -> None:
    """Each rule with what it does and its score at every metric."""
    told = section(Page(rendered(clear)), "What needs no learning", "Where does the gain come from? The gain")
    assert "kNN copies labels from the real training documents with the most similar words 0.445 0.312" in told
    assert "predict-all says yes to every label of every document 0.061 0.059" in told


def test_page_of_many_cells_stays_small(many: Summary) -> None:
    """Twelve generators, two classifiers, thirteen conditions and fifteen metrics stay under two megabytes."""
    conditions = list(wording.CONDITIONS)[:13]
    verdicts, scores, estimates = [], [], []
    for verdict in (v.model_copy(update={"classifier": c}) for v in many.verdicts for c in ("linear", "embedding")):
        own = {"generator": verdict.generator, "classifier": verdict.classifier}
        verdicts.append(verdict)
        for metric in ALL:
            at = {**own, "metric": metric.name, "threshold": metric.threshold}
            scores += [many.scores[0].model_copy(update={**at, "condition": name}) for name in conditions]
            contrasts = [f"real+synthetic - {name}" for name in conditions if name != "real+synthetic"]
            estimates += [many.estimates[0].model_copy(update={**at, "contrast": one}) for one in contrasts]
    page = rendered(many.model_copy(update={"verdicts": verdicts, "scores": scores, "estimates": estimates}))
    assert len(scores) == 12 * 2 * 13 * 15
    assert len(page) < 2_000_000


def test_hostile_text_is_shown_and_inert(hostile: Summary, hostile_pairs: Pairs) -> None:
    """Payloads are text of the page, hidden characters are spelled out, templates are not evaluated."""
    source = rendered(hostile, hostile_pairs)
    page = Page(source)
    spelled_out = ("⟦U+202E⟧", "⟦U+0007⟧", "⟦U+001B⟧", "⟦U+200B⟧", "⟦U+FFFE⟧", "⟦U+0000⟧")
    for payload in (*PAYLOADS, *spelled_out):
        assert payload in page.text
    text = source.decode()
    assert not set("\u202e\u0007\x1b\u200b\ufffe\x00\r\u2028\x85") & set(text)


def test_same_bytes_twice_and_in_another_process(hostile: Summary, hostile_pairs: Pairs, tmp_path: Path) -> None:
    """The bytes depend on Summary and pairs alone: not on what was drawn before, nor on the hash seed."""
    first = render(hostile, hostile_pairs)
    assert render(hostile, hostile_pairs) == first
    saved = tmp_path / "summary.json"
    saved.write_text(hostile.model_dump_json(by_alias=True), encoding="utf-8")
    kept = {name: [one.model_dump() for one in own] for name, own in hostile_pairs.by_generator.items()}
    (tmp_path / "artefacts").mkdir()
    (tmp_path / "artefacts" / "nearest_pairs.json").write_text(json.dumps(kept), encoding="utf-8")
    script = (
        "import sys, pathlib; from synthlift.report.html import render; from synthlift.report.pairs import read_pairs;"
        "from synthlift.report.summary import Summary; saved = pathlib.Path(sys.argv[1]);"
        "summary = Summary.model_validate_json(saved.read_bytes());"
        "sys.stdout.buffer.write(render(summary, read_pairs(saved.parent)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4242"}
    done = subprocess.run([sys.executable, "-c", script, str(saved)], env=environment, capture_output=True, check=True)
    assert done.stdout == first


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb`` (WCAG 2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_text_has_contrast_in_light_and_dark() -> None:
    """Text reaches 4.5 to 1 on every ground that it stands on, marks 3 to 1."""
    css = resources.files("synthlift.report").joinpath("templates", "report.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(
        r":root \{(.*?)\}", css, re.DOTALL)[:2])  # fmt: skip
    outcomes = ("helps", "only-volume", "no-effect", "harms", "cannot-tell")
    for colours in (light, {**light, **dark}):
        pairs = [(ink, ground, 4.5) for ink in ("ink", "muted", "link") for ground in ("page", "surface")]
        pairs += [(outcome, f"{outcome}-tint", 4.5) for outcome in outcomes]
        pairs += [("ink", f"{outcome}-tint", 4.5) for outcome in outcomes]
        pairs += [(mark, "surface", 3) for mark in ("treatment", "control", "alternative", "reference")]
        for ink, ground, least in pairs:
            one, other = sorted((luminance(colours[ink]), luminance(colours[ground])))
            assert (other + 0.05) / (one + 0.05) >= least, (ink, ground)


@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium")
def test_page_is_inert_in_a_real_browser(hostile: Summary, hostile_pairs: Pairs, tmp_path: Path) -> None:
    """In Chromium: no dialog, error, request or policy violation; colours follow the scheme; nothing overflows."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    saved = tmp_path / "report.html"
    saved.write_bytes(rendered(hostile, hostile_pairs))
    events: list[str] = []
    painted = []
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        for scheme, width in (("light", 360), ("dark", 1200)):
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
            page.on("dialog", lambda dialog: (events.append(f"dialog {dialog.message}"), dialog.dismiss()))
            page.on("pageerror", lambda error: events.append(f"error {error}"))
            page.on("console", lambda message: events.append(f"console {message.text}"))
            page.on("request", lambda request: events.append(f"request {request.url}"))
            page.goto(saved.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.wait_for_timeout(200)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            mark = "getComputedStyle(document.querySelector('svg [fill=\"var(--treatment)\"]')).fill"
            painted.append(page.evaluate(mark))
            page.close()
        browser.close()
    assert [event for event in events if event != f"request {saved.as_uri()}"] == []
    assert len(set(painted)) == 2
    assert "rgb(0, 0, 0)" not in painted
