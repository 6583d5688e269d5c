"""What the audit must say about real corpora, with three replicates."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.data


def audit(out: Path, *arguments: str) -> dict[str, Any]:
    """Run the command line as a user does and return its summary."""
    command = [Path(sys.executable).with_name("synthlift"), "audit", *arguments, "--replicates", "3", "--out", out]
    done = subprocess.run([*map(str, command), "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "summary.json").read_text())


def estimate(summary: dict[str, Any], contrast: str) -> dict[str, Any]:
    """Return a contrast at the primary metric."""
    wanted = (contrast, "micro-F1", "tuned")
    found = [e for e in summary["estimates"] if (e["contrast"], e["metric"], e["threshold"]) == wanted]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def synthesis(data_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Audit the synthesised patents."""
    folder = data_folder / "uspto64"
    files = (str(folder / "real.jsonl"), str(folder / "synthetic.jsonl"))
    return audit(tmp_path_factory.mktemp("a") / "run", *files, "--split-column", "split", "--where", "mode=synthesis")


def test_synthesised_patents_carry_content_beyond_volume(synthesis: dict[str, Any]) -> None:
    """On uspto64 the synthesis beats replication, lower limit too, and the verdict is helps."""
    assert estimate(synthesis, "real+synthetic - replicated")["low"] > 0
    assert synthesis["verdict"]["outcome"] == "helps"


def test_permuted_labels_harm_and_more_real_documents_are_the_ceiling(synthesis: dict[str, Any]) -> None:
    """On uspto64 the placebo loses against real, and as many more real documents gain as much or more."""
    assert estimate(synthesis, "placebo - real")["value"] < 0
    ladder = synthesis["ladder"][0]
    assert ladder["ceiling"] > 0
    assert ladder["content"] < 1.2 * ladder["ceiling"]


def test_paraphrased_patents_carry_clearly_less(synthesis: dict[str, Any], data_folder: Path, tmp_path: Path) -> None:
    """On uspto64 the paraphrases' gain over replication is under a third of the synthesis'."""
    folder = data_folder / "uspto64"
    files = (str(folder / "real.jsonl"), str(folder / "synthetic.jsonl"))
    paraphrase = audit(tmp_path / "run", *files, "--split-column", "split", "--where", "mode=paraphrase")
    gain = "real+synthetic - replicated"
    assert estimate(paraphrase, gain)["value"] < estimate(synthesis, gain)["value"] / 3


def test_near_copies_of_a_small_t5_never_help(data_folder: Path, tmp_path: Path) -> None:
    """On valueeval_t5, a third copies, the verdict is not helps."""
    folder = data_folder / "valueeval_t5"
    summary = audit(
        tmp_path / "run",
        str(folder / "real.jsonl"),
        str(folder / "synthetic.jsonl"),
        *("--split-column", "split", "--split-values", "train=train,test=validation"),
        *("--real-where", "split=train", "--real-where", "split=validation", "--regime", "1000"),
    )
    assert summary["verdict"]["outcome"] != "helps"
    assert summary["verdict"]["n_synthetic_range"] is not None  # parents outside the subset leave, so M varies
