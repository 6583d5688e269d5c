from __future__ import annotations

import bisect
import json
import shutil
from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration, Refused
from synthlift.run.folder import check_free, enter, write_status
from synthlift.storage.ledger import Ledger
from synthlift.storage.lock import RunLock


def _seconds(run: Path) -> dict[str, float]:
    """Return how long each recorded trial took: two computations of one trial hardly take the same time."""
    with Ledger.open_readonly(run / "ledger.db") as ledger:
        return {key: ledger.trial(key).seconds for key in sorted(ledger.keys())}


def _content(run: Path) -> dict[str, object]:
    names = ("summary.json", "report.html", "scores.parquet", "documents.csv", "status.json")
    return {**{name: (run / name).read_bytes() for name in names}, "ledger": _seconds(run)}


def test_a_new_folder_is_made_with_those_above(tmp_path):
    """A run folder is made where there is none, with the folders above it."""
    enter(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("first", [[], ["lock"], ["lock", ".ledger.db.part"], ["lock", "ledger.db", "anything"]])
def test_what_a_run_leaves_is_a_run_folder(tmp_path, first):
    """A folder is entered again whatever a killed run has left in it."""
    for name in first:
        (tmp_path / name).touch()
    enter(tmp_path)
    enter(tmp_path)  # what entering makes is no hindrance either
    assert (tmp_path / "artefacts").is_dir()


def test_a_folder_of_other_things_is_refused(tmp_path):
    """A folder that holds files and no run is refused, and nothing is put into it."""
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(BadConfiguration, match="holds other files"):
        enter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300, "link"])
def test_a_path_that_cannot_be_a_folder(tmp_path, name):
    """A path that is a file, lies below one, is too long or leads nowhere is refused with the reason."""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "link")
    with pytest.raises(BadConfiguration, match="cannot use"):
        enter(tmp_path / name)


def test_a_free_folder(tmp_path):
    """A folder is free unless another run holds its lock; asking leaves no trace where there is no run."""
    check_free(tmp_path / "none")
    check_free(tmp_path / ("x" * 300))
    check_free(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with RunLock(tmp_path), pytest.raises(Refused, match="in use"):
        check_free(tmp_path)
    check_free(tmp_path)


def test_status_is_json(tmp_path):
    """status.json tells the state, how many of how many are done, and when."""
    write_status(tmp_path, "running", 3, 10, 1)
    status = json.loads((tmp_path / "status.json").read_text())
    assert status.pop("unix_time") > 1_700_000_000
    assert status == {"state": "running", "done": 3, "total": 10, "failed": 1}


def _declared(run: Path) -> dict:
    return json.loads((run / "summary.json").read_text())["method"]["declared"]


def test_more_replicates_and_regimes_extend(warm, corpora, finished_copy, tmp_path):
    """Added replicates and regimes are computed, what was there is not, and the bytes are those of a run in one go."""
    before = _seconds(finished_copy)
    wider = ("--regime", "all", "--regime", "20")
    assert warm(*corpora.audit(finished_copy, *wider, replicates=2), plain=True).returncode == 0
    after = _seconds(finished_copy)
    assert before.items() <= after.items()
    n_drawn = 5  # the check on other real documents is the primary regime's alone
    assert len(after) == 2 * (2 * (len(before) - n_drawn) + n_drawn)
    assert warm(*corpora.audit(tmp_path / "once", *wider, replicates=2), plain=True).returncode == 0
    for name in ("summary.json", "scores.parquet", "documents.csv"):
        assert (finished_copy / name).read_bytes() == (tmp_path / "once" / name).read_bytes()
    assert not _declared(finished_copy)["changed_after_scores"]


@pytest.mark.parametrize("changed", ["synthetic data", "real data", "split", "seed", "--where", "columns"])
def test_another_study_is_refused(changed, tmp_path, warm, corpora, write_corpora, tiny, finished_copy):
    """A folder refuses other data, split, seed or rows with code 5, names what differs, and is left as it was."""
    real, synthetic = tiny()
    options: tuple[str, ...] = ()
    if changed == "synthetic data":
        synthetic[0]["text"] += " more"
    elif changed == "real data":
        real[-1]["text"] += " more"
    elif changed == "split":
        options = ("--split-values", "train=train,test=test,validation=spare")
    elif changed == "seed":
        options = ("--seed", "1")
    elif changed == "--where":
        options = ("--where", "id=s1", "--where", "id=s2", "--where", "id=s3")
    else:
        options = ("--parent-column", "parent")
    before = _content(finished_copy)
    files = write_corpora(tmp_path / "files", real, synthetic) if "data" in changed else corpora
    refused = warm(*files.audit(finished_copy, *options, "--quiet"))
    assert refused.returncode == 5, refused.stderr
    assert changed in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert _content(finished_copy) == before


def test_delta_changed_after_scores(warm, corpora, finished_copy):
    """Another delta is accepted, costs no trial, and once scores exist the report says that it was declared late."""
    before = _seconds(finished_copy)
    assert not _declared(finished_copy)["changed_after_scores"]
    assert warm(*corpora.audit(finished_copy, "--delta", "0.05"), plain=True).returncode == 0
    assert _declared(finished_copy)["changed_after_scores"] is True
    assert _seconds(finished_copy) == before
    for delta in ("0.05", "0.01"):  # neither asking again nor going back undoes having looked
        assert warm(*corpora.audit(finished_copy, "--delta", delta), plain=True).returncode == 0
        assert _declared(finished_copy)["changed_after_scores"] is True


def test_delta_changed_before_scores(tmp_path, warm, corpora):
    """A run that was stopped before its first score may still declare another delta."""
    out = tmp_path / "run"

    def declares(k: int) -> bool:
        shutil.rmtree(out, ignore_errors=True)
        warm(*corpora.audit(out), env={"SYNTHLIFT_CRASH_AT": str(k)})
        if not (out / "ledger.db").exists():
            return False
        with Ledger.open_readonly(out / "ledger.db") as ledger:
            return ledger.get("declared") is not None

    first = bisect.bisect_left(range(100), True, key=declares)  # the first write before which it is declared
    assert declares(first)
    assert _seconds(out) == {}
    assert warm(*corpora.audit(out, "--delta", "0.05"), plain=True).returncode == 0
    assert _declared(out)["changed_after_scores"] is False
    assert _declared(out)["delta"] == 0.05
