"""Tables sort by keyboard in a real browser, and are whole without the script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from synthlift.report.html import render
from synthlift.report.pairs import Pairs
from synthlift.report.summary import Summary

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
LABELS = "#labels table"
CLOSEST = "figure[aria-labelledby=copying-closest-caption] table"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start one browser for all."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the Python package playwright")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def saved(clear: Summary, pairs: Pairs, tmp_path: Path) -> Path:
    """Write a page whose tables have minus signs, thousands, percentages, intervals, nulls and equal values."""
    some = clear.labels[0]
    nothing = dict.fromkeys(("value", "shrunk", "low", "high", "p", "q")) | {"reason": "too rare"}
    labels = [
        some.model_copy(update={"label": f"label {i}", "support_train": train, **values})
        for i, (train, values) in enumerate((
            (980, {"shrunk": -0.5, "value": -0.9, "low": -0.62, "high": -0.4, "p": 0.00001, "q": 0.0001}),
            (1200, nothing),
            (12, {"shrunk": 0.25, "value": 0.3, "low": -0.01, "high": 0.51, "p": 0.2, "q": 0.3}),
            (12500, {"shrunk": -0.012, "value": -0.02, "low": -0.1, "high": 0.1, "p": 0.04, "q": 0.051}),
            (98, {"shrunk": 0.05, "value": 0.0, "low": 0.001, "high": 0.11, "p": 0.01, "q": 0.3}),
            (7, nothing),
        ))
    ]  # fmt: skip
    path = tmp_path / "report.html"
    path.write_bytes(render(clear.model_copy(update={"labels": labels}), pairs))
    return path


@pytest.fixture
def page(browser: Any, saved: Path) -> Iterator[Any]:
    """Open the page with all folds open, and let no error pass."""
    errors: list[str] = []
    shown = browser.new_page()
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.on("console", lambda message: errors.append(message.text))
    shown.goto(saved.as_uri())
    shown.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    yield shown
    shown.close()
    assert errors == []


def column(page: Any, table: str, i: int) -> list[str]:
    """Read a column as a reader sees it."""
    cells: list[str] = page.locator(table).first.locator(f"tbody tr > :nth-child({i + 1})").all_text_contents()
    return cells


def number(cell: str) -> float:
    """Read the first number of a cell as a person does."""
    found = re.search(r"([\N{MINUS SIGN}+<]?) ?([\d,]+(?:\.\d+)?)", cell)
    assert found is not None
    size = float(found[2].replace(",", ""))
    return -size if found[1] == "\N{MINUS SIGN}" else size - 1e-6 if found[1] == "<" else size


def test_tab_and_enter_sort_up_down_and_back(page: Any) -> None:
    """Tab reaches the button of a heading; Enter sorts up, again down, again as it was; aria-sort says each."""
    heading = page.locator(f"{LABELS} th", has_text="Pooled gain").first
    before = column(page, LABELS, 1)
    page.locator("#labels .scroll").nth(1).focus()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.textContent") == (
        "BUTTON Pooled gain"
    )
    assert heading.get_attribute("aria-sort") is None
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    rising = ["\N{MINUS SIGN}0.500", "\N{MINUS SIGN}0.012", "+0.050", "+0.250"]
    assert column(page, LABELS, 1) == [*rising, "\N{EN DASH}", "\N{EN DASH}"]
    assert column(page, LABELS, 0) == ["label 0", "label 3", "label 4", "label 2", "label 1", "label 5"]
    page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "descending"
    assert column(page, LABELS, 1) == [*reversed(rising), "\N{EN DASH}", "\N{EN DASH}"]
    assert page.locator(f"{LABELS} [aria-sort]").count() == 1
    page.keyboard.press("Space")
    assert heading.get_attribute("aria-sort") is None
    assert column(page, LABELS, 1) == before


@pytest.mark.parametrize("table", [LABELS, CLOSEST, "#conditions > .scroll table", "#volume table"])
def test_every_column_of_numbers_sorts_by_its_numbers(page: Any, table: str) -> None:
    """Gains, intervals (by the lower limit), p-values, counts and percentages rise, then fall; dashes come last."""
    n_sorted = 0
    for i in range(page.locator(table).first.locator("thead th").count()):
        cells = column(page, table, i)
        if not any(re.match(r"[\[+\d<\N{MINUS SIGN}]", cell) for cell in cells):
            continue
        button = page.locator(table).first.locator("thead th").nth(i).locator("button")
        for way in (1, -1):
            button.press("Enter")
            shown = column(page, table, i)
            known = [way * number(cell) for cell in shown if cell != "\N{EN DASH}"]
            assert sorted(shown) == sorted(cells)
            assert known == sorted(known)
            assert all(cell == "\N{EN DASH}" for cell in shown[len(known) :])
        n_sorted += 1
    assert n_sorted >= 3


def test_a_column_of_words_sorts_as_words(page: Any) -> None:
    """Names are in the order of a dictionary, and empty cells come last."""
    button = page.locator(LABELS).first.locator("thead th").last.locator("button")
    button.press("Enter")
    assert column(page, LABELS, 8) == ["too rare", "too rare", "", "", "", ""]


def test_one_heading_at_a_time_is_sorted_by(page: Any) -> None:
    """Sorting by another column takes the mark off the first."""
    headings = page.locator(LABELS).first.locator("thead th")
    for i in (1, 7):
        headings.nth(i).locator("button").press("Enter")
    assert [headings.nth(i).get_attribute("aria-sort") for i in (1, 7)] == [None, "ascending"]


def test_without_scripts_the_page_is_whole(browser: Any, saved: Path) -> None:
    """Where scripts are off every cell is there, in the page's order, and nothing pretends to sort."""
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(saved.as_uri())
    assert shown.locator("button").count() == 0
    assert column(shown, LABELS, 0)[:2] == ["label 2", "label 4"]
    assert shown.locator(f"{LABELS} th", has_text="Pooled gain").count() == 1
    context.close()
