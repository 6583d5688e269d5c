"""The command line: exit codes, what it imports, what it prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "sklearn", "pyarrow", "pandas", "pydantic", "jinja2")
# a condition that breaks as a plug-in may: with words that are not fit to be printed
BROKEN = """
import synthlift.conditions.{module} as conditions
def broken(sources, rng):
    raise ValueError("<b>out of\\x1b[31m memory</b>")
conditions.{name} = broken
"""


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
@pytest.mark.parametrize("command", [(), ("audit",), ("report",)], ids=["synthlift", "audit", "report"])
def test_help_fits_any_terminal(command, columns, warm):
    """Help is printed in narrow and wide terminals."""
    done = warm(*command, "--help", env={"COLUMNS": columns})
    assert (done.returncode, done.stderr) == (0, "")
    assert "--help" in done.stdout
    assert ("--split-column" in done.stdout) == (command == ("audit",))


def test_audit_says_its_verdict_and_where_the_report_is(tmp_path, warm, corpora):
    """An audit exits 0, prints a sentence with an interval on stdout, and names the report."""
    out = tmp_path / "run"
    done = warm(*corpora.audit(out), env={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    assert "micro-F1@tuned" in done.stdout
    assert done.stdout.rstrip().endswith(f"report  {out / 'report.html'}")
    assert all(len(line) <= 80 for line in done.stdout.splitlines()[:-1])
    assert "trials: 1 replicates of" in done.stderr
    names = {path.name for path in out.iterdir()}
    told = {"summary.json", "report.html", "scores.parquet", "documents.csv"}
    assert names == {"ledger.db", "lock", "finished.json", "status.json", "artefacts", *told}


def test_progress_says_how_many_and_how_long(tmp_path, warm, corpora):
    """After the first trial standard error says of how many, and about how long; --quiet says nothing at all."""
    told = warm(*corpora.audit(tmp_path / "run"), plain=True).stderr.splitlines()
    first = next(line for line in told if line.startswith("1/"))
    assert " trials, " in first
    assert first.endswith(" left")
    assert told[0].startswith("real ")
    assert warm(*corpora.audit(tmp_path / "quiet", "--quiet"), plain=True).stderr == ""


def test_json_is_summary_json(tmp_path, warm, corpora, finished):
    """`--json` prints summary.json and nothing else on standard output, in any locale."""
    done = warm(*corpora.audit(tmp_path / "run", "--json"), plain=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.encode() == (finished / "summary.json").read_bytes()
    assert (tmp_path / "run" / "summary.json").read_bytes() == (finished / "summary.json").read_bytes()


def test_a_terminal_that_cannot_show_all(warm, finished_copy):
    """What the terminal's encoding lacks, here a true minus sign, is spelled out, and no reason to fail."""
    before = "import sys\nsys.stdout.reconfigure(encoding='latin-1', errors='strict')"
    done = warm("report", str(finished_copy), before=before, plain=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "[\\u2212" in done.stdout


def test_report_rebuilds_without_the_input(tmp_path, warm, tiny, write_corpora):
    """`report` gives the same bytes after summary and report, and the files that were read, are gone."""
    files = write_corpora(tmp_path / "in", *tiny())
    out = tmp_path / "run"
    assert warm(*files.audit(out)).returncode == 0
    derived = {name: (out / name).read_bytes() for name in ("summary.json", "report.html", "scores.parquet")}
    for path in (files.real, files.synthetic, *(out / name for name in derived)):
        path.unlink()
    done = warm("report", str(out), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.encode() == derived["summary.json"]
    assert {name: (out / name).read_bytes() for name in derived} == derived


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--regime", "1.0"), "one document or all"),
        (("--regime", "9999"), "train pool"),
        (("--classifier", "nonsense"), "linear"),
        (("--delta", "0"), "delta"),
        (("--replicates", "0"), "replicates"),
        (("--seed", "-1"), "seed"),
        (("--workers", "0"), "workers"),
        (("--where", "novalue"), "novalue"),
        (("--split-values", "nonsense=x"), "nonsense"),
        (("--label-columns", "a,a"), "twice"),
        (("--nonsense",), "nonsense"),
    ],
)
def test_bad_options_exit_2_and_say_what_was_expected(options, told, tmp_path, warm, corpora):
    """A bad option is one message and exit code 2; nothing is written."""
    done = warm(*corpora.audit(tmp_path / "run", *options))
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_an_output_folder_that_is_no_run_exits_2(tmp_path, warm, corpora):
    """A folder of other things is left alone, and a file is no folder."""
    (tmp_path / "thesis.tex").touch()
    for out in (tmp_path, tmp_path / "thesis.tex"):
        done = warm(*corpora.audit(out, "--quiet"))
        assert done.returncode == 2
        assert done.stderr.startswith("--out: ")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("change", "row", "code"),
    [
        (lambda real: real[5].update(text=""), 6, "empty-text"),
        (lambda real: real[7].update(id="r0"), 8, "duplicate-id"),
        (lambda real: real[0].pop("labels"), 1, ""),
        (lambda real: real[0].update(split="elsewhere"), 0, "unknown-split"),
    ],
    ids=["empty text", "one id twice", "no labels", "unknown split"],
)
def test_a_bad_file_exits_3_with_file_row_and_code(change, row, code, tmp_path, warm, tiny, write_corpora):
    """A fault of the input is `file:row code: message` on standard error, exit code 3; nothing is written."""
    real, synthetic = tiny()
    change(real)
    files = write_corpora(tmp_path / "in", real, synthetic)
    done = warm(*files.audit(tmp_path / "run"))
    assert done.returncode == 3, done.stderr
    assert f"{files.real}:{row} {code}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("module", "name", "condition"),
    [("added", "real_and_synthetic", "real+synthetic"), ("volume", "replicated", "replicated")],
)
def test_failures_in_the_primary_contrast_exit_4(module, name, condition, tmp_path, warm, corpora, finished):
    """A failed trial of the primary contrast is recorded, told, and exit code 4; run again it is made good."""
    out = tmp_path / "run"
    # however small its share
    before = (
        BROKEN.format(module=module, name=name)
        + "\nimport synthlift.cli.telling\nsynthlift.cli.telling.FAILED_SHARE = 0.9"
    )
    done = warm(*corpora.audit(out), before=before, plain=condition == "replicated")
    assert done.returncode == 4, done.stderr
    assert re.match(r"\d of \d+ trials failed", done.stderr.splitlines()[-1])
    assert "\x1b" not in done.stdout + done.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert {"failed-trials", "failed-primary"} <= {warning["code"] for warning in summary["warnings"]}
    reasons = {e["reason"] for e in summary["estimates"] if e["contrast"] == f"real+synthetic - {condition}"}
    if condition == "replicated":
        assert any("ValueError: <b>out of" in (reason or "") for reason in reasons)
    again = warm(*corpora.audit(out), plain=True)
    assert again.returncode == 0, again.stderr
    assert (out / "summary.json").read_bytes() == (finished / "summary.json").read_bytes()


@pytest.mark.parametrize(("share", "code"), [(0.9, 0), (0.01, 4)])
def test_failures_elsewhere_exit_4_where_they_are_many(share, code, tmp_path, warm, corpora):
    """Failed trials outside the primary contrast are told, and exit code 4 above one in a hundred."""
    before = (
        BROKEN.format(module="added", name="placebo")
        + f"\nimport synthlift.cli.telling\nsynthlift.cli.telling.FAILED_SHARE = {share}"
    )
    done = warm(*corpora.audit(tmp_path / "run"), before=before, plain=True)
    assert done.returncode == code, done.stderr
    assert "failed-trials" in done.stdout
    assert "failed-primary" not in done.stdout


PLUGIN = """
from synthlift.classifiers.linear import LinearClassifier

class Broken(LinearClassifier):
    def fit(self, training, *, rng):
        raise MemoryError("no room")
"""


def test_a_plugged_in_classifier_that_fails(tmp_path, warm, corpora):
    """A classifier of a third party is found by its entry point; where it fails, the run ends with code 4."""
    metadata = tmp_path / "site" / "plugin-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[synthlift.classifiers]\nbroken = broken_plugin:Broken\n")
    (tmp_path / "site" / "broken_plugin.py").write_text(PLUGIN)
    before = f"import sys\nsys.path.insert(0, {str(tmp_path / 'site')!r})"
    done = warm(*corpora.audit(tmp_path / "run", "--classifier", "broken"), before=before, plain=True)
    assert done.returncode == 4, done.stderr
    assert "MemoryError: no room" in done.stdout
    outcome = json.loads((tmp_path / "run" / "summary.json").read_text())["verdict"]["outcome"]
    assert outcome == "cannot-tell"


def test_no_run_to_report_exits_2(tmp_path, warm):
    """`report` on a folder without a run says so, and makes none."""
    done = warm("report", str(tmp_path / "nothing"))
    assert done.returncode == 2
    assert "no run" in done.stderr
    assert not (tmp_path / "nothing").exists()


def test_dry_run_writes_nothing(tmp_path, warm, corpora, finished_copy):
    """`--dry-run` checks and prints the plan; no folder appears, and one that is there stays as it is."""
    done = warm(*corpora.audit(tmp_path / "new", "--dry-run"))
    assert (done.returncode, done.stdout) == (0, "")
    assert " trials: " in done.stderr
    before = {path.name: path.stat() for path in finished_copy.iterdir()}
    assert warm(*corpora.audit(finished_copy, "--dry-run")).returncode == 0
    assert {path.name: path.stat() for path in finished_copy.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == [finished_copy.name]
    assert warm(*corpora.audit(tmp_path / "new", "--dry-run", "--regime", "9999")).returncode == 2


def test_one_label_is_nothing_to_classify(tmp_path, warm, tiny, write_corpora):
    """A corpus of one label ends with code 0, outcome cannot-tell, a warning and no trial."""
    real, synthetic = tiny()
    for row in [*real, *synthetic]:
        row["labels"] = ["only"]
    out = tmp_path / "run"
    done = warm(*write_corpora(tmp_path / "in", real, synthetic).audit(out))
    assert done.returncode == 0, done.stderr
    assert "0 trials: " in done.stderr
    summary = json.loads((out / "summary.json").read_text())
    assert summary["verdict"]["outcome"] == "cannot-tell"
    assert "one-label" in {warning["code"] for warning in summary["warnings"]}
    assert json.loads((out / "status.json").read_text())["total"] == 0


def test_a_reader_that_leaves(start, finished_copy):
    """Where whoever reads the output leaves (`| head -1`), the command ends well, without a traceback."""
    process = start("report", str(finished_copy))
    process.stdout.close()
    with process.stderr as stderr:
        assert stderr.read() == ""
    assert process.wait(60) == 0


def test_a_reader_of_everything_that_leaves(tmp_path, start, corpora, finished):
    """Where standard error goes the same way (`2>&1 | head -1`), the run goes on to its end."""
    process = start(*corpora.audit(tmp_path / "run"), stderr=subprocess.STDOUT)
    with process.stdout as stdout:
        for line in stdout:
            if line.startswith("compare"):
                break
    assert process.wait(60) == 0
    assert (tmp_path / "run" / "report.html").read_bytes() == (finished / "report.html").read_bytes()
