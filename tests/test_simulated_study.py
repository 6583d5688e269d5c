"""A study of simulated documents and models, from its file alone to its report."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlift.errors import BadConfiguration, Refused
from synthlift.storage.exchanges import Exchanges
from synthlift.study_run import check_study, run_study

STUDY = """
seed = 3
replicates = 1
conditions = ["real", "replicated", "real+synthetic"]
other_conditions = ["real", "real+synthetic"]
[corpus.simulated]
train = 40
test = 50
[models.good]
simulated = "faithful"
[models.bad]
simulated = {{ faithfulness = 0.2, refusal = {refusal} }}
[[generators]]
name = "synthesis"
model = "good"
family = ["standard-patent", "product-description"]
n = 24
[[generators]]
name = "paraphrase"
model = "bad"
per_seed = 1
[filters]
near-duplicate = false
language = false
"""


def study(folder: Path, refusal: float = 0.5) -> Path:
    path = folder / "study.toml"
    path.write_text(STUDY.format(refusal=refusal))
    return path


def test_one_file_is_a_whole_study(tmp_path: Path) -> None:
    """Documents and texts are made, filtered and audited; run again, nothing is asked and nothing changes."""
    out = tmp_path / "run"
    summary, tally = run_study(study(tmp_path), out)
    # real once, replicated, the treatment of both; and three on draws of the pool
    assert (tally.total, tally.failed) == (7, 0)
    good, bad = summary.writing
    assert (good.n_asked, good.n_kept) == (24, 24)
    assert bad.n_asked == 40
    assert bad.dropped["refusal"] == bad.n_asked - bad.n_kept > 10
    assert [family.n_asked for family in good.families] == [12, 12]
    written = (out / "report.html").read_bytes()
    with Exchanges.open(out / "ledger.db") as exchanges:
        n_attempts = exchanges.account().n_attempts
    assert n_attempts == 64
    assert run_study(study(tmp_path), out)[1].resumed == 7
    assert (out / "report.html").read_bytes() == written
    with Exchanges.open(out / "ledger.db") as exchanges:
        assert exchanges.account().n_attempts == n_attempts


def test_other_knobs_are_another_model(tmp_path: Path) -> None:
    """A changed knob asks anew for the texts of that model alone; other simulated documents are another run."""
    out = tmp_path / "run"
    run_study(study(tmp_path), out)
    summary, _ = run_study(study(tmp_path, refusal=0.0), out)
    assert summary.writing[1].n_kept == 40
    with Exchanges.open(out / "ledger.db") as exchanges:
        assert exchanges.account().n_attempts == 64 + 40
    path = study(tmp_path)
    path.write_text(path.read_text().replace("test = 50", "test = 60"))
    with pytest.raises(Refused, match="of another seed or size"):
        run_study(path, out)


def test_a_check_leaves_nothing(tmp_path: Path) -> None:
    """What is to be asked is told, and only the study file is there afterwards."""
    checked = check_study(study(tmp_path))
    assert [volume.n for volume in checked.volumes] == [24, 40]
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("faithfulness = 0.2", "faith = 0.2", "models.bad.simulated: got 'faith', expected some of faithfulness"),
        ("faithfulness = 0.2", "faithfulness = 2", "models.bad.simulated"),
        ('simulated = "faithful"', 'simulated = "faithful"\nmodel = "a"', "expected nothing of a served model beside"),
        ("[corpus.simulated]", '[corpus]\nreal = "r"\n[corpus.simulated]', "and not both"),
        ('["real", "real+synthetic"]', '["reel"]', "other_conditions: got 'reel', expected one of"),
    ],
)
def test_what_cannot_be_simulated_is_told(old: str, new: str, told: str, tmp_path: Path) -> None:
    """A fault is told with its place before anything is made."""
    path = study(tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadConfiguration) as caught:
        check_study(path)
    assert told in str(caught.value)
