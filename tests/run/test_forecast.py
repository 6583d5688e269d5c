"""What a study is said to take, beside what it takes."""

from __future__ import annotations

from pathlib import Path

from synthlift.study_run import plan_study, run_study
from synthlift.terminal import forecast_lines

STUDY = """
replicates = 2
regimes = ["30", "60"]
conditions = ["real", "replicated", "real+ngram", "real+synthetic"]
[corpus.simulated]
train = 80
test = 90
[models.good]
simulated = "faithful"
[[generators]]
name = "synthesis"
model = "good"
n = 120
[filters]
language = false
"""


def test_the_trials_and_the_folder_are_as_foretold(tmp_path: Path) -> None:
    """The study has the trials that were told, in a folder of about the size told; one trial a kind was run for it."""
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    told: list[tuple[int, int]] = []
    checked, seen = plan_study(path, observe=lambda done, total: told.append((done, total)))
    assert checked.n_trials == seen.n_trials == 16
    # real and replicated are of one kind, and two regimes are two
    assert told == [(place, 6) for place in range(1, 7)]
    assert seen.n_timed == 6
    assert seen.seconds > 0
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
    _, tally = run_study(path, tmp_path / "run")
    assert (tally.total, tally.failed) == (16, 0)
    folder = sum(file.stat().st_size for file in (tmp_path / "run").rglob("*") if file.is_file())
    assert 0.2 < seen.disk_bytes / folder < 5
    assert seen.foresight is not None
    shown = " ".join(" ".join(forecast_lines(seen, 2)).split())
    assert "16 trials on 2 workers" in shown
    assert "told by 6 trials" in shown
    assert f"a true gain of {seen.foresight.effect:.3f} or more" in shown
