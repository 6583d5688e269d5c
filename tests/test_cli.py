"""The command line: exit codes, what it imports, what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SYNTHLIFT = str(Path(sys.executable).with_name("synthlift"))
HEAVY = ("numpy", "scipy", "sklearn", "pyarrow", "pandas", "altair", "pydantic", "vl_convert", "jinja2")
FIRST = Path(__file__).resolve().parents[1] / "examples" / "first"


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    command = [SYNTHLIFT, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Audit the example with two replicates."""
    out = tmp_path_factory.mktemp("cli") / "run"
    done = run(
        "audit",
        FIRST / "real.jsonl",
        FIRST / "synthetic.jsonl",
        "--split-column",
        "split",
        "--replicates",
        2,
        "--out",
        out,
    )
    return out, done


def test_help_imports_nothing_heavy():
    """`synthlift --help` pays for no numerical, plotting or validation library."""
    code = f"""
import sys
from synthlift.cli import app
try:
    app(["--help"])
except SystemExit as done:
    assert done.code == 0
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize("columns", ["40", "200"])
def test_help_fits_any_terminal(columns):
    """Help is printed in narrow and wide terminals."""
    done = run("audit", "--help", COLUMNS=columns)
    assert done.returncode == 0
    assert "--split-column" in done.stdout


def test_audit_says_its_verdict_and_where_the_report_is(audited):
    """An audit exits 0, prints a sentence with an interval on stdout, and names the report."""
    out, done = audited
    assert done.returncode == 0, done.stderr
    assert "micro-F1@tuned" in done.stdout
    assert "report.html" in done.stdout
    assert "trials" in done.stderr
    names = {path.name for path in out.iterdir()}
    expected = {"ledger.db", "lock", "summary.json", "report.html", "scores.parquet", "documents.csv", "status.json"}
    assert expected <= names


def test_json_is_summary_json(audited):
    """`--json` prints summary.json and nothing else; `report` rebuilds the same bytes."""
    out, _ = audited
    before = (out / "summary.json").read_bytes()
    (out / "summary.json").unlink()
    done = run("report", out, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.encode() == before
    assert (out / "summary.json").read_bytes() == before


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--regime", "1.0"), "one document or all"),
        (("--regime", "9999"), "train pool"),
        (("--classifier", "nonsense"), "linear"),
        (("--delta", "0"), "delta"),
        (("--where", "novalue"), "novalue"),
        (("--nonsense",), "nonsense"),
    ],
)
def test_bad_options_exit_2_and_say_what_was_expected(options, told, tmp_path):
    """A bad option is one message and exit code 2; nothing is written."""
    out = tmp_path / "run"
    files = (FIRST / "real.jsonl", FIRST / "synthetic.jsonl", "--split-column", "split")
    done = run("audit", *files, "--out", out, *options)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_bad_file_exits_3_with_file_row_and_code(tmp_path):
    """A fault of the input is `file:row code: message`, exit code 3."""
    real = tmp_path / "real.jsonl"
    rows = (FIRST / "real.jsonl").read_text().splitlines()
    real.write_text("\n".join([*rows[:5], '{"id": "x", "text": ""}', *rows[5:]]) + "\n")
    done = run("audit", real, FIRST / "synthetic.jsonl", "--split-column", "split", "--out", tmp_path / "run")
    assert done.returncode == 3, done.stderr
    assert f"{real}:6 " in done.stderr
    assert "Traceback" not in done.stderr


def test_another_seed_in_the_same_folder_exits_5(audited):
    """A run folder belongs to one seed; the refusal names what differs."""
    out, _ = audited
    files = (FIRST / "real.jsonl", FIRST / "synthetic.jsonl", "--split-column", "split")
    done = run("audit", *files, "--out", out, "--seed", 1)
    assert done.returncode == 5, done.stderr
    assert "seed" in done.stderr


def test_delta_changed_after_scores_is_accepted_and_said(audited):
    """Another delta after the first score is run, and marked as declared afterwards."""
    out, _ = audited
    files = (FIRST / "real.jsonl", FIRST / "synthetic.jsonl", "--split-column", "split", "--replicates", 2)
    done = run("audit", *files, "--out", out, "--delta", "0.03", "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    declared = json.loads(done.stdout)["method"]["declared"]
    assert declared["changed_after_scores"] is True
    assert declared["delta"] == 0.03


def test_dry_run_writes_nothing(tmp_path):
    """`--dry-run` checks and prints the plan; no folder appears."""
    out = tmp_path / "run"
    files = (FIRST / "real.jsonl", FIRST / "synthetic.jsonl", "--split-column", "split")
    done = run("audit", *files, "--out", out, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "trials" in done.stderr
    assert not out.exists()


def test_no_run_to_report_exits_2(tmp_path):
    """`report` on a folder without a run says so."""
    done = run("report", tmp_path / "nothing")
    assert done.returncode == 2
    assert "no run" in done.stderr
