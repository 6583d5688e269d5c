"""R11: hostile text in every slot of the input is inert in what is printed, written and shown."""

from __future__ import annotations

import ast
import csv
import json
import shutil
from pathlib import Path

import pytest

import synthlift
from hostile_audit import (
    FILE_EVENTS,
    LABELS,
    MAKERS,
    PAYLOADS,
    Attack,
    attacked,
    formulas,
    is_shown,
    only_our_script,
    page_of,
    written_outside,
)


@pytest.fixture(scope="module")
def attack(tmp_path_factory, warm, tiny, write_corpora) -> Attack:
    """Run an audit of hostile text under watch, in a home of its own."""
    return attacked(tmp_path_factory.mktemp("hostile"), warm, tiny, write_corpora)


def test_the_terminal_obeys_nothing(attack, warm, tmp_path):
    """Standard output and error hold no control, bidirectional or invisible character, with and without --json."""
    assert is_shown(attack.stdout)
    assert is_shown(attack.stderr)
    assert "\\x1b[31m" in attack.stdout + attack.stderr  # it was to be printed, and was spelled out
    told = warm("report", str(shutil.copytree(attack.out, tmp_path / "run")), "--json", plain=True)
    assert is_shown(told.stdout)
    assert told.stdout.encode() == (attack.out / "summary.json").read_bytes()


def test_a_message_about_a_bad_file_obeys_nothing(tmp_path, warm, tiny, write_corpora):
    """What is wrong with a file is told without its control characters, wherever they stand."""
    real, synthetic = tiny()
    real[0]["labels"], real[1]["id"], real[2]["split"] = {}, real[0]["id"], PAYLOADS[8]
    for number, payload in enumerate(PAYLOADS):
        real[number]["id"] = real[number + 20]["id"] = payload
    files = write_corpora(tmp_path / PAYLOADS[8].replace("/", ""), real, synthetic)
    done = warm(*files.audit(tmp_path / "run"))
    assert done.returncode == 3
    assert is_shown(done.stderr)


def test_the_summary_says_what_was_given(attack):
    """summary.json parses, and holds labels and generators letter by letter."""
    summary = json.loads((attack.out / "summary.json").read_bytes())
    assert {record["label"] for record in summary["labels"]} == set(LABELS.values())
    assert {record["generator"] for record in summary["volume"]} == set(MAKERS)


def test_no_cell_is_a_formula(attack):
    """No cell of documents.csv begins with what a spreadsheet takes for a formula, in full width either."""
    with (attack.out / "documents.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    assert len(rows) == 41
    assert len({len(row) for row in rows}) == 1
    assert formulas(attack) == []
    assert sum(cell.startswith("'") for row in rows for cell in row) > 10


def test_the_page_runs_nothing_but_our_script(attack):
    """The report has no active node but our script, no control character, and evaluates no template."""
    page = page_of(attack.page)
    assert page.n_tags > 200
    assert page.active == []
    assert only_our_script(page)
    assert is_shown(attack.page.replace("\N{NO-BREAK SPACE}", " "))  # the page's own, in "95 %"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in attack.page  # it was to be shown, and is


def test_nearest_texts_are_shown_and_inert(attack):
    """The texts side by side are those of the attack: there, spelled out, and only text."""
    shown = attack.page[attack.page.index("side by side</h3>") : attack.page.index('<section id="threshold"')]
    page = page_of(shown)
    assert shown.count("Cosine similarity") >= len(MAKERS)
    assert page.active == page.scripts == []
    kept = json.loads((attack.out / "artefacts" / "nearest_pairs.json").read_bytes())
    texts = [one[side] for own in kept.values() for one in own for side in ("real", "synthetic")]
    met = [payload for payload in PAYLOADS if any(payload in text for text in texts)]
    assert len(met) > 3
    assert any("<" in payload for payload in met)
    assert all(c.isprintable() or c == "\n" for c in shown.replace("\N{NO-BREAK SPACE}", " "))


def test_checks_of_the_verdict_name_the_attackers_and_are_inert(attack):
    """The choice among generators, the reach of the answer and the fit of labels show hostile names as text only."""
    for name in ("generators", "reach", "agreement"):
        shown = attack.page[attack.page.index(f'<section id="{name}"') :].partition("</section>")[0]
        page = page_of(shown)
        assert page.n_tags > 20
        assert page.active == page.scripts == []
        assert all(c.isprintable() or c == "\n" for c in shown.replace("\N{NO-BREAK SPACE}", " "))
        assert name == "reach" or "&lt;img src=x onerror=alert(1)&gt;" in shown
        assert name == "reach" or "⟦U+001B⟧[31m" in shown
    summary = json.loads((attack.out / "summary.json").read_bytes())
    assert {record["chosen"] for record in summary["generator_choice"]} <= set(MAKERS)
    assert summary["corpora"]["n_validation"] > 0


def test_nothing_is_written_elsewhere(attack):
    """Every file that is opened for writing, made or renamed lies in the run folder, and no text names a file."""
    assert attack.elsewhere == []
    assert sum(event[0] in FILE_EVENTS for event in attack.events) > 10
    assert written_outside(attack) == []
    names = {path.name for path in attack.out.rglob("*")}
    assert not any(payload in name for payload in PAYLOADS for name in names)


def test_nothing_is_unpickled_or_sent(attack):
    """An audit in one process unpickles nothing, opens no socket and starts no program."""
    assert [event for event in attack.events if event[0] not in FILE_EVENTS] == []


def _calls(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}


def test_no_code_could_unpickle_a_file():
    """No module loads pickles, object arrays or code; what travels between our own processes is the one exception."""
    forbidden = {"eval", "exec", "compile", "__import__", "runpy.run_path", "yaml.load", "os.system"}
    loaders = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
    root = Path(synthlift.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(root).as_posix()
        for node in ast.walk(tree):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [(name, module) for module in modules if module.partition(".")[0] in loaders]
        for function, keywords in _calls(tree):
            if function in forbidden or (keywords.get("allow_pickle", "False") != "False"):
                found.append((name, function))
            if function in ("np.load", "numpy.load") and "allow_pickle" not in keywords:
                found.append((name, function))
    assert found == [("testing.py", "pickle")]  # its own object, as a worker would get it
