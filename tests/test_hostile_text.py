"""R11: hostile text in every slot of the input is inert in what is printed, written and shown."""

from __future__ import annotations

import ast
import csv
import html.parser
import json
import os
import shutil
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest

import synthlift

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</script></style></title><iframe src=//evil>",
    "javascript:alert(1)",
    "{{ 7*7 }}{% for x in ().__class__.__bases__ %}{{ x }}{% endfor %}",
    "${7*7} #{7*7} {0.__class__}",
    "[bold red]markup[/bold red] [/x] [link=http://evil]x[/link]",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m",
    "abc\u202edcba\u2066x\u200b\ufeff",
    '=HYPERLINK("http://evil")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\uff1d1+1",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\windows\\CON",
    "a" * 200,
)
LABELS = {"blue": PAYLOADS[0], "green": PAYLOADS[8], "grey": PAYLOADS[9], "red": PAYLOADS[10]}
SPLITS = {"train": PAYLOADS[3], "test": PAYLOADS[8], "spare": PAYLOADS[16], "validation": PAYLOADS[5].replace(",", "")}
MAKERS = (PAYLOADS[1], PAYLOADS[8])

# written line by line, since the process ends without a chance to close anything
WATCH = """
import json, os, sys
log = os.open({log!r}, os.O_WRONLY | os.O_CREAT)
writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
watched = {{"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "sqlite3.connect",
    "pickle.find_class", "socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}}
def spelled(value):
    return os.fsdecode(value) if isinstance(value, (str, bytes, os.PathLike)) else repr(value)
def hook(event, args):
    if event in watched or (event == "open" and isinstance(args[2], int) and args[2] & writing):
        os.write(log, (json.dumps([event, *map(spelled, args[:2])]) + chr(10)).encode())
sys.addaudithook(hook)
"""
FILE_EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "sqlite3.connect")


@dataclass
class Attack:
    """What an audit of hostile text left."""

    out: Path
    stdout: str
    stderr: str
    events: list[list[str]]
    elsewhere: list[str]

    @property
    def page(self) -> str:
        """The report."""
        return (self.out / "report.html").read_text(encoding="utf-8")


def _poison(real: list[dict], synthetic: list[dict]) -> None:
    """Put payloads into every slot of the tiny corpus, and leave its words."""
    for number, row in enumerate([*real, *synthetic]):
        payload = PAYLOADS[number % len(PAYLOADS)]
        row["id"] = f"{payload} {number}"
        row["text"] = f"{payload} {row['text']} {payload}"
        row["labels"] = [LABELS[name] for name in row["labels"]]
        row["group"] = f"{payload} {number}"
        row["maker"] = MAKERS[number % len(MAKERS)]
    for number, row in enumerate(real):
        role = "validation" if row["split"] == "spare" and number % 4 else row["split"]
        row["split"] = SPLITS[role]
    for row in synthetic:
        row["origin_id"] = real[int(row["origin_id"][1:])]["id"] if row["origin_id"] else None


@pytest.fixture(scope="module")
def attack(tmp_path_factory, warm, tiny, write_corpora) -> Attack:
    """Run an audit of hostile text under watch, in a home of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    real, synthetic = tiny()
    _poison(real, synthetic)
    files = write_corpora(folder / "in", real, synthetic)
    home = folder / "home"
    home.mkdir()
    roles = ",".join(f"{role}={value}" for role, value in SPLITS.items())
    watch = WATCH.format(log=str(folder / "log"))
    env = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(home)) | {"PYTHONDONTWRITEBYTECODE": "1"}
    arguments = files.audit(folder / "out" / "run", "--split-values", roles, "--by", "maker")
    done = warm(*arguments, env=env, before=f"{watch}\nos.chdir({str(home)!r})")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    expected = {"in", "in/real.jsonl", "in/synthetic.jsonl", "home", "log", "out", "out/run"}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    elsewhere = sorted(name for name in found - expected if not name.startswith("out/run/"))
    return Attack(folder / "out" / "run", done.stdout, done.stderr, events, elsewhere)


def _shown(text: str) -> bool:
    return all(c.isprintable() or c == "\n" for c in text)


def test_the_terminal_obeys_nothing(attack, warm, tmp_path):
    """Standard output and error hold no control, bidirectional or invisible character, with and without --json."""
    assert _shown(attack.stdout)
    assert _shown(attack.stderr)
    assert "\\x1b[31m" in attack.stdout + attack.stderr  # it was to be printed, and was spelled out
    told = warm("report", str(shutil.copytree(attack.out, tmp_path / "run")), "--json", plain=True)
    assert _shown(told.stdout)
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
    assert _shown(done.stderr)


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
    leads = {unicodedata.normalize("NFKC", cell[:1]) for row in rows for cell in row}
    assert not leads & set("=+-@\t\r\n")
    assert sum(cell.startswith("'") for row in rows for cell in row) > 10


OUR_SCRIPT = resources.files("synthlift.report").joinpath("templates", "report.js").read_bytes()


class Page(html.parser.HTMLParser):
    """Collects what a browser would run, load, send or follow, but for our own script, known by its hash."""

    RUNS = frozenset(
        {
            "script", "img", "iframe", "frame", "object", "embed", "applet", "form", "input", "button", "base", "link",
            "video", "audio", "source", "foreignobject", "image", "animate", "set", "portal", "marquee",
        }
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.active: list[str] = []
        self.n_tags = 0
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a start tag that is active, or has an active attribute."""
        self.n_tags += 1
        refresh = tag == "meta" and dict(attrs).get("http-equiv", "").lower() == "refresh"
        if tag == "script" and not attrs:
            self.scripts.append("")
        elif tag in self.RUNS or refresh:
            self.active.append(tag)
        for name, value in attrs:
            target = "".join((value or "").split()).lower()
            follows = name in ("href", "src", "xlink:href", "action", "srcset", "data") and not target.startswith("#")
            if name.startswith("on") or follows or name == "srcdoc":
                self.active.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        """Keep the text of a script."""
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def test_the_page_runs_nothing_but_our_script(attack):
    """The report has no active node but our script, no control character, and evaluates no template."""
    page = Page()
    page.feed(attack.page)
    page.close()
    assert page.n_tags > 200
    assert page.active == []
    assert [sha256(text.encode()).digest() for text in page.scripts] == [sha256(OUR_SCRIPT).digest()]
    assert _shown(attack.page.replace("\N{NO-BREAK SPACE}", " "))  # the page's own, in "95 %"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in attack.page  # it was to be shown, and is


def test_nearest_texts_are_shown_and_inert(attack):
    """The texts side by side are those of the attack: there, spelled out, and only text."""
    shown = attack.page[attack.page.index("side by side</h3>") : attack.page.index('<section id="threshold"')]
    page = Page()
    page.feed(shown)
    page.close()
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
        page = Page()
        page.feed(shown)
        page.close()
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
    written = [event for event in attack.events if event[0] in FILE_EVENTS]
    assert len(written) > 10
    for event, place, *_ in written:
        if place.isdecimal() or Path(place).name == "calls":  # a file that was opened before; the tests' own
            continue
        path = Path(place.removeprefix("file://").partition("?")[0])
        inside = attack.out == path or attack.out in path.parents or (event, path) == ("os.mkdir", attack.out.parent)
        assert inside or place in (":memory:", os.devnull), (event, place)
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
