"""Studies from nothing to a report, on a real server and in process, with a tiny model that was made on the spot."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

CLI = (sys.executable, "-c", "from synthlift.cli import main; main()")
MACHINES = ("fan", "pump", "lift", "loom")
STUDY = """
seed = 1
replicates = 1
[corpus]
real = "real.jsonl"
split_column = "split"
collection = "short texts about machines"
[corpus.descriptions]
fan = "machines that move air"
[models.tiny]
{model}
sampling = {{ max_tokens = 60 }}
output_licence = "CC0"
[[generators]]
name = "synthesis"
model = "tiny"
family = ["standard-patent", "news-item"]
n = 24
shots = 1
[[generators]]
name = "paraphrase"
model = "tiny"
per_seed = 1
[filters]
length = [3, 400]
language = false
"""


@pytest.fixture
def study(tmp_path: Path):
    """Write a corpus of 24 training and 16 test documents, and a study of it with the given model table."""
    rows = [
        {
            "id": f"d{i}",
            "text": f"A {MACHINES[i % 4]} of kind {i} has {i + 2} blades in a {MACHINES[i % 4]} case of size {i * 7}.",
            "labels": [MACHINES[i % 4]],
            "split": "train" if i < 24 else "test",
        }
        for i in range(40)
    ]
    (tmp_path / "real.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def write(model: str) -> Path:
        path = tmp_path / "study.toml"
        path.write_text(STUDY.format(model=model))
        return path

    return write


def served(server) -> str:
    return f'model = "{server.model}"\nendpoints = ["{server.base_url}"]\nconcurrency = 4'


def run(*args: object, **kwargs) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CLI, *map(str, args)], capture_output=True, text=True, timeout=300, **kwargs)


def attempts(out: Path) -> dict[tuple[str, int], str]:
    """Return the outcome of each attempt, by the key of its request and its number."""
    connection = sqlite3.connect(f"{(out / 'ledger.db').as_uri()}?mode=ro", uri=True)
    try:
        query = "SELECT key, n, outcome FROM request JOIN attempt ON request_id = id"
        return {(key, n): outcome for key, n, outcome in connection.execute(query)}
    finally:
        connection.close()


def test_a_study_runs_on_a_real_server_from_nothing_to_its_report(study, real_server, tmp_path: Path) -> None:
    """Both modes, two families: texts, data set, card and report are there; what the server ignores was found out."""
    path, out = study(served(real_server)), tmp_path / "run"
    checked = run("check", path)
    assert checked.returncode == 0, checked.stderr
    assert "synthesis tiny: 24 texts" in checked.stdout
    done = run("run", path, "--out", out, "--workers", "1")
    assert done.returncode == 0, done.stderr
    summary = json.loads((out / "summary.json").read_text())
    by_name = {record["generator"]: record for record in summary["writing"]}
    synthesis = by_name["synthesis tiny"]
    assert (synthesis["n_asked"], synthesis["n_answered"]) == (24, 24)
    assert [family["n_asked"] for family in synthesis["families"]] == [12, 12]
    for record in by_name.values():
        assert record["n_kept"] + sum(record["dropped"].values()) == record["n_asked"] == 24
    (server,) = synthesis["servers"]
    assert (server["seed"][0], server["n"][0], server["logprobs"][0], server["response_format"][0]) == (
        *("yes", "no", "no", "no"),
    ), server
    folder = out / "artefacts" / "synthetic"
    rows = [json.loads(line) for line in (folder / "synthetic.jsonl").read_text().splitlines()]
    assert len(rows) == sum(record["n_kept"] for record in by_name.values())
    train = {f"d{i}" for i in range(24)}
    assert all(len(row["parents"]) == 1 and set(row["parents"]) <= train for row in rows), "shots and seeds"
    assert all(row["served_model"] == real_server.model for row in rows)
    assert "CC0" in (folder / "README.md").read_text()
    assert "How" in (out / "report.html").read_text()
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(folder), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded["text"][:] == [row["text"] for row in rows]
    assert loaded["labels"][:] == [row["labels"] for row in rows]


def test_a_killed_study_asks_for_nothing_that_was_answered(study, real_server, tmp_path: Path) -> None:
    """After SIGKILL the same command goes on; a further run asks nothing and gives the same bytes.

    That the report is the one of a run which nobody killed is shown on the fake server: this one draws from one stream
    for all requests that it serves at a time, whatever their seeds.
    """
    path, out = study(served(real_server)), tmp_path / "run"
    child = subprocess.Popen([*CLI, "run", str(path), "--out", str(out), "--quiet"], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.02)
        if (out / "ledger.db").exists() and sum(o == "done" for o in _safely(out).values()) >= 12:
            break
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    before = attempts(out)
    answered = {key for (key, _), outcome in before.items() if outcome == "done"}
    assert len(answered) >= 12, "the kill came before any answer"
    again = run("run", path, "--out", out, "--quiet")
    assert again.returncode == 0, again.stderr
    after = attempts(out)
    assert not [key for key, n in after.keys() - before.keys() if key in answered], "an answer was asked for again"
    lost = [outcome for each, outcome in after.items() if before.get(each, "new") is None]
    assert set(lost) <= {"lost"}
    assert len(lost) <= 5, "four in flight, and one whose row was written ahead"
    files = [out / name for name in ("summary.json", "report.html", "artefacts/synthetic/synthetic.jsonl")]
    told = [file.read_bytes() for file in files]
    assert run("run", path, "--out", out, "--quiet").returncode == 0
    assert attempts(out) == after
    assert [file.read_bytes() for file in files] == told


def _safely(out: Path) -> dict[tuple[str, int], str]:
    try:
        return attempts(out)
    except sqlite3.OperationalError:  # not there yet
        return {}


def test_a_study_runs_in_process(study, tiny_model_dir, tmp_path: Path) -> None:
    """The same requests without a server; a second run loads nothing and gives the same bytes."""
    path, out = study(f'model = "{tiny_model_dir}"\nin_process = true'), tmp_path / "run"
    first = run("run", path, "--out", out, "--quiet")
    assert first.returncode == 0, first.stderr
    summary = (out / "summary.json").read_bytes()
    asked = attempts(out)
    assert set(asked.values()) == {"done"}
    assert len(asked) == 48
    again = run("run", path, "--out", out, "--quiet", env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    assert again.returncode == 0, again.stderr
    assert (out / "summary.json").read_bytes() == summary
    assert attempts(out) == asked


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("n = 24", "n = 0", "generators[0].n: got 0"),
        ('family = ["standard-patent"', 'family = ["standard-paten"', "family: got 'standard-paten', expected one of"),
        ("shots = 1", "label_names = false", "have no description"),
        ("[filters]", "[caps]\nrequests = 40\n[filters]", "caps.requests: got 40, expected at least 48"),
        ("[filters]", "[filters]\nprompt-family = ['patent-claim']", "filters.prompt-family: got 'patent-claim'"),
        ("concurrency = 4", 'api_key_env = "NO_SUCH_KEY"', "got no 'NO_SUCH_KEY' in the environment"),
        (
            'endpoints = ["http://127.0.0.1',
            'endpoints = ["http://127.0.0.1:9/v1", "http://127.0.0.1',
            "cannot be reached",
        ),
    ],
)
def test_check_finds_what_is_wrong_before_anything_is_asked(
    old: str, new: str, told: str, study, real_server, tmp_path: Path
) -> None:
    """Exit 2, with what was got, what was expected and what to do; nothing is written."""
    path = study(served(real_server))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    checked = run("check", path)
    assert checked.returncode == 2, checked.stdout
    assert told in checked.stderr
    assert {entry.name for entry in tmp_path.iterdir()} == {"real.jsonl", "study.toml"}
