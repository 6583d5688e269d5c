"""Put hostile text into every slot of files, reports, terminal and messages: promise R11, but for the key.

Payloads are put into whole audits (texts, ids, groups, labels, generators), one by one into every free slot of a
summary, whose page is parsed as a browser would, and into files and options that are refused, whose message is read.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks import Check, at_least, at_most, noted
from hostile_slots import inert, payloads
from lanes import in_lanes
from tiny_audit import Corpora, Warm, planned, tiny_corpora, tiny_rows

from synthlift import api

from hostile_audit import (  # type: ignore[import-not-found]  # isort: skip (tiny_audit has set the path)
    FILE_EVENTS,
    Attack,
    attacked,
    formulas,
    is_shown,
    only_our_script,
    page_of,
    written_outside,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["run"]

QUICK_N_PAYLOADS, ROWS_AN_AUDIT = 12, 100
CHROMIUM = Path("/usr/bin/chromium")


def run(peer: Path | None, *, quick: bool) -> list[Check]:  # noqa: ARG001 (every benchmark is called alike)
    """Return the checks of the promise."""
    chosen = payloads()[:: len(payloads()) // QUICK_N_PAYLOADS] if quick else payloads()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        api.carry_out(planned(tiny_corpora(folder / "files")), folder / "run")
        total = sum(in_lanes(partial(inert, folder, chosen), len(chosen)), Counter[str]())
        attacks = list(_attacks(folder, chosen))
        alone = [
            at_least(len(chosen) if quick else 200, "R11: payloads", len(chosen), "HTML, templates, terminal, cells"),
            at_least(
                1, "R11: messages about what is refused", total["messages"], "files and options with a payload in"
            ),
            at_most(0, "R11: messages with a control character, or another error", total["spoken"], _first(total)),
        ]
        return [*alone, *_checks(attacks, total), _browsed([attack.out / "report.html" for attack in attacks])]


def _checks(attacks: list[Attack], total: Counter[str]) -> list[Check]:
    acting = sum(not only_our_script(page_of(attack.page)) for attack in attacks)
    obeyed = sum(not is_shown(attack.stdout + attack.stderr) for attack in attacks)
    events = [event for attack in attacks for event in attack.events]
    outside = sum(len(written_outside(attack)) + len(attack.elsewhere) for attack in attacks)
    cells = sum(len(formulas(attack)) for attack in attacks)
    n_files = sum(event[0] in FILE_EVENTS for event in events)
    told = f"{len(attacks)} whole audits, and a page for each payload with it in {total['slots']:,} slots in all"
    return [
        at_most(0, "R11: pages with an active node", total["active"] + acting, told),
        at_most(0, "R11: pages and summaries with a control character", total["unseen"], told),
        at_most(0, "R11: terminal outputs that a terminal obeys", total["obeyed"] + obeyed, told),
        at_most(0, "R11: cells of documents.csv that are formulas", cells, f"{len(attacks)} audits"),
        at_most(0, "R11: files written outside the run folder", outside, f"of {n_files:,} writes, makes and renames"),
        at_most(0, "R11: unpickled, sent or started", len(events) - n_files, "audit hook, in the parent"),
    ]


def _first(total: Counter[str]) -> str:
    found = sorted(name for name in total if name.startswith("first "))
    return found[0] if found else "all printable"


def _attacks(folder: Path, chosen: tuple[str, ...]) -> Iterator[Attack]:
    """Audit all payloads, a row each; four of those of an audit are labels, and two are generators."""
    (folder / "warm").mkdir()
    warm = Warm(folder / "warm")
    try:
        for start in range(0, len(chosen), ROWS_AN_AUDIT):
            own = chosen[start : start + ROWS_AN_AUDIT]
            place = folder / f"attack-{start}"
            place.mkdir()
            labels = {name: own[i * len(own) // 4] for i, name in enumerate(("blue", "green", "grey", "red"))}
            makers = (own[len(own) // 3], own[-1])
            yield attacked(place, warm, tiny_rows, Corpora, own, labels, makers)
    finally:
        warm.close()


def _browsed(pages: list[Path]) -> Check:
    """Open the pages of whole audits in Chromium and count what they do."""
    what = "R11: dialogs, errors, requests in Chromium"
    if not CHROMIUM.exists():
        return noted(what, None, f"not judged: this machine has no {CHROMIUM}; the tests open pages where it is there")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        met = [act for path in pages for act in _acts(browser, path.as_uri())]
        browser.close()
    return at_most(0, what, len(met), f"{len(pages)} pages of whole audits")


def _acts(browser: Browser, address: str) -> list[str]:
    """Open a page with all folds open, and return what it does but to load itself."""
    met: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.on("dialog", lambda dialog: met.append(dialog.message))
    page.on("pageerror", lambda error: met.append(str(error)))
    page.on("console", lambda message: met.append(message.text))
    page.on("request", lambda request: met.append(request.url))
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(200)
    page.close()
    return [each for each in met if each != address]
