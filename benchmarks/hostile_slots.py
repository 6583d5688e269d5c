"""Each hostile payload by itself: in every free slot of a summary, and in files and options that are refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tiny_audit import Corpora, tiny_rows

from synthlift import api
from synthlift.corpus.columns import Columns
from synthlift.errors import SynthliftError
from synthlift.report.html import render
from synthlift.report.pairs import Pair, Pairs, read_pairs
from synthlift.report.publish import json_bytes
from synthlift.report.summary import Summary
from synthlift.study.input import Input
from synthlift.study.preparation import prepare
from synthlift.terminal import summary_lines

from hostile_audit import PAYLOADS, is_shown, only_our_script, page_of  # type: ignore[import-not-found]  # isort: skip

__all__ = ["inert", "payloads"]

TAGS = "script img svg iframe object embed video audio form input button base link meta style math details marquee"
EVENTS = "onload onerror onclick onfocus onmouseover ontoggle onbegin onanimationstart onpointerenter"
TEMPLATES = ("{{%s}}", "{%% %s %%}", "{# %s #}", "${%s}", "#{%s}", "<%%= %s %%>", "[[%s]]", "%%(%s)s", "{%s}", "`%s`")
CELLS = ("=1+1", "+1", "-1", "@A1", "\t=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201", "=DDE('cmd';'/C calc';'A0')")
# what a terminal obeys or hides: C0 but NUL, which no file may hold, C1, directions, nothing that is seen
CONTROLS = (
    *range(1, 32),
    *range(127, 160),
    0xAD,
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2065),
    *range(0x2066, 0x2070),
)
# what our page has itself, in "95 %", and what scripts and emoji are written with: seen by no one, obeyed by no one
KEPT = dict.fromkeys(map(ord, "\u00a0\u00ad\u200c\u200d"), " ")
FREE = {"generator", "classifier", "label", "label_set", "reason", "message", "sentence", "would_tell", "split"}


def payloads() -> tuple[str, ...]:
    """Return all payloads, each once."""
    marked = [f"\"'><{tag} {event}=alert(1) src=//evil>" for tag in TAGS.split() for event in EVENTS.split()[:5]]
    closed = [f"</{tag}><svg {event}=alert(1)>" for tag in TAGS.split()[:6] for event in EVENTS.split()[5:]]
    spoken = [template % "7*7" for template in TEMPLATES]
    obeyed = [f"a{chr(code)}[31mb" for code in CONTROLS]
    return tuple(dict.fromkeys((*PAYLOADS, *marked, *closed, *spoken, *CELLS, *obeyed)))


def inert(folder: Path, chosen: tuple[str, ...], numbers: Iterable[int]) -> Counter[str]:
    """Count what acts or is not seen of payloads in summaries and messages."""
    summary = json.loads((folder / "run" / "summary.json").read_bytes())
    pairs, total = read_pairs(folder / "run"), Counter[str]()
    for number in numbers:
        payload = chosen[number]
        poisoned = Summary.model_validate(_poisoned(summary, payload, total))
        page = render(poisoned, _poisoned_pairs(pairs, payload)).decode()
        total["active"] += not only_our_script(page_of(page))
        total["unseen"] += not (is_shown(page.translate(KEPT)) and is_shown(json_bytes(poisoned).decode()))
        total["obeyed"] += not is_shown("\n".join(summary_lines(poisoned, folder / payload.replace("/", ""))))
        for slot, act in _refusals(folder / f"refused-{number}", payload).items():
            message = _message(act)
            total["messages"] += message is not None
            if message is not None and not is_shown(message):
                total["spoken"] += 1
                total[f"first {slot} {payload!r}: {message[:60]!r}"] += 1
    return total


def _poisoned(value: Any, payload: str, total: Counter[str], name: str = "") -> Any:
    """Put a payload into each slot that holds foreign text; names that were apart stay so."""
    if isinstance(value, dict):
        return {key: _poisoned(one, payload, total, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_poisoned(one, payload, total, name) for one in value]
    if name in FREE and isinstance(value, str):
        total["slots"] += 1
        return f"{payload} {value}"
    return value


def _poisoned_pairs(pairs: Pairs, payload: str) -> Pairs:
    def poisoned(pair: Pair) -> Pair:
        texts = {name: f"{payload} {getattr(pair, name)}" for name in ("synthetic_id", "real_id", "synthetic", "real")}
        return pair.model_copy(update=texts | {"synthetic_labels": [payload], "real_labels": [payload, payload]})

    own = {f"{payload} {name}": [poisoned(pair) for pair in each] for name, each in pairs.by_generator.items()}
    return replace(pairs, by_generator=own)


def _refusals(folder: Path, payload: str) -> dict[str, Callable[[], object]]:
    """Return what is refused, or would be but for the payload, by where the payload is."""
    safe = payload.replace("/", "")[:60]
    real, synthetic = tiny_rows()
    files = Corpora(folder / safe, real, synthetic)

    def changed(slot: str, **fields: object) -> Callable[[], object]:
        rows = [row | fields if place < 2 else row for place, row in enumerate(real)]
        wrong = Corpora(folder / slot, rows, synthetic)
        return lambda: prepare(Input(wrong.real, wrong.synthetic, columns=Columns(split="split")), 0)

    def asked(**options: Any) -> Callable[[], object]:
        given = {"columns": Columns(split="split"), **options}
        return lambda: prepare(Input(files.real, files.synthetic, **given), 0)

    def planned_with(**options: Any) -> Callable[[], object]:
        return lambda: api.plan(Input(files.real, files.synthetic, columns=Columns(split="split")), **options)

    return {
        "id": changed("id", id=payload),
        "labels": changed("labels", labels={payload: 1}),
        "label": changed("label", labels=[payload, payload]),
        "text": changed("text", text=f"{payload}\0"),
        "split": changed("split", split=payload),
        "column": asked(columns=Columns(text=payload, split="split")),
        "by": asked(by=payload),
        "where": asked(where={payload: [payload]}),
        "split values": asked(split_values={payload: "train"}),
        "file": asked(columns=Columns(labels="none", split="split")),
        "regime": planned_with(regimes=(payload,)),
        "classifier": planned_with(classifiers=(payload,)),
        "condition": planned_with(conditions=(payload,)),
    }


def _message(act: Callable[[], object]) -> str | None:
    """Return what is said of something refused; None where it was taken."""
    try:
        act()
    except SynthliftError as refused:
        return str(refused)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is a broken promise)
        return f"\0{type(error).__name__}"
    return None
