"""Hostile text in every slot of an audit, and what a reader may ask of what it leaves; tests and a benchmark do."""

from __future__ import annotations

import csv
import html.parser
import json
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

__all__ = [
    "FILE_EVENTS",
    "LABELS",
    "MAKERS",
    "PAYLOADS",
    "Attack",
    "attacked",
    "formulas",
    "is_shown",
    "only_our_script",
    "page_of",
    "written_outside",
]

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


def poisoned(
    real: list[dict], synthetic: list[dict], payloads: Sequence[str], labels: Mapping[str, str], makers: Sequence[str]
) -> None:
    """Put payloads into every slot of the tiny corpus, one after the other, and leave its words."""
    for number, row in enumerate([*real, *synthetic]):
        payload = payloads[number % len(payloads)]
        row["id"] = f"{payload} {number}"
        row["text"] = f"{payload} {row['text']} {payload}"
        row["labels"] = [labels[name] for name in row["labels"]]
        row["group"] = f"{payload} {number}"
        row["maker"] = makers[number % len(makers)]
    for number, row in enumerate(real):
        role = "validation" if row["split"] == "spare" and number % 4 else row["split"]
        row["split"] = SPLITS[role]
    for row in synthetic:
        row["origin_id"] = real[int(row["origin_id"][1:])]["id"] if row["origin_id"] else None


def attacked(
    folder: Path,
    warm: Any,
    tiny: Any,
    write_corpora: Any,
    payloads: Sequence[str] = PAYLOADS,
    labels: Mapping[str, str] = LABELS,
    makers: Sequence[str] = MAKERS,
) -> Attack:
    """Run an audit of hostile text under watch, in a home of its own; what it takes is named as the fixtures are."""
    real, synthetic = tiny()
    poisoned(real, synthetic, payloads, labels, makers)
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


def is_shown(text: str) -> bool:
    """Whether a text is all characters that a terminal shows, and lines."""
    return all(c.isprintable() or c == "\n" for c in text)


def written_outside(attack: Attack) -> list[list[str]]:
    """Return the events that open for writing, make, rename or remove what is not in the run folder."""
    found = []
    for event, place, *rest in attack.events:
        if event not in FILE_EVENTS or place.isdecimal() or Path(place).name == "calls":
            continue  # a file that was opened before; the tests' own
        path = Path(place.removeprefix("file://").partition("?")[0])
        inside = attack.out == path or attack.out in path.parents or (event, path) == ("os.mkdir", attack.out.parent)
        if not inside and place not in (":memory:", os.devnull):
            found.append([event, place, *rest])
    return found


def formulas(attack: Attack) -> list[str]:
    """Return the cells of documents.csv that begin with what a spreadsheet takes for a formula, in full width too."""
    with (attack.out / "documents.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file, strict=True) for cell in row]
    return [cell for cell in cells if cell and unicodedata.normalize("NFKC", cell[0]) in set("=+-@\t\r\n")]


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


def page_of(text: str) -> Page:
    """Parse a page, or a part of one."""
    page = Page()
    page.feed(text)
    page.close()
    return page


def only_our_script(page: Page) -> bool:
    """Whether a page has our script, once, and nothing else that acts."""
    return page.active == [] and [sha256(text.encode()).digest() for text in page.scripts] == [
        sha256(OUR_SCRIPT).digest()
    ]
