"""The page of published figures: its commands print what it says, and its sentences hold what follows from them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from synthlift.stats.correlation import compare_correlations
from synthlift.stats.fisher_z import fisher_limits

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = (DOCS / "published.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [part.split("\n", 1) for block in BLOCKS for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
PROSE = " ".join(re.sub(r"```console\n.*?```", "", PAGE, flags=re.DOTALL).split())


@pytest.mark.parametrize(("command", "printed"), COMMANDS, ids=range(len(COMMANDS)))
def test_commands_print_what_the_page_says(command, printed):
    """Each command of the page, run as it stands, prints the lines below it."""
    program, *rest = shlex.split(command)
    assert program == "python"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *rest], capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == printed


def test_all_commands_were_found():
    """A block that the search misses would go untested: as many commands are found as the page has."""
    assert len(COMMANDS) == PAGE.count("$ python") > 10
    assert PAGE.count("```") == 2 * len(BLOCKS)


def test_the_sentences_follow():
    """What the text says in words is what the figures of the abstract give."""
    raw, resampled, net = 0.702 - 0.120, 0.678 - 0.120, 0.702 - 0.678
    said = [
        f"{resampled / raw:.0%} of it is volume, {net / raw:.0%} text".replace("%", " %"),
        f"the headline gain of {raw:.3f}, of which the abstract's own control leaves {net:.3f}",
        f"Focal loss must have {0.702 - 0.219:.3f}; the resampled control has 0.678",
        f"in which {1 / 11:.0%} is real".replace("%", " %"),
    ]
    difference = compare_correlations(0.95, 14, -0.73, 14)
    said.append(f"Zou's interval, in units of r, is [{difference.low:.2f}, {difference.high:.2f}]")
    for sentence in said:
        assert sentence in PROSE
    assert 6 * difference.p < 1e-9


def test_only_fourteen_points_give_the_published_z():
    """Of all equal numbers up to 100 none but 14 gives a z that rounds to 6.47 from r that round to 0.95 and -0.73."""
    fits = [
        n
        for n in range(4, 101)
        if compare_correlations(0.945, n, -0.725, n).z < 6.475 and compare_correlations(0.955, n, -0.735, n).z >= 6.465
    ]
    assert fits == [14]


def test_six_models_do_not_tell_the_minus_from_zero():
    """Were each model one point, the interval of -0.73 would hold 0, that of 0.95 not."""
    low, high = fisher_limits(-0.73, 6)
    assert low < 0.0 < high
    assert fisher_limits(0.95, 6)[0] > 0.0


def test_what_is_taken_from_the_ladder_stands_there():
    """Steps and half widths that the page takes from our own measurement are those of that page."""
    ladder = (DOCS / "ladder.md").read_text(encoding="utf-8")
    for part in ("33 optimiser steps", "batch 16 and\nthree epochs", "900 abstracts to test on", "5 replicates"):
        assert " ".join(part.split()) in " ".join(ladder.split())
    fixed = ladder[ladder.index("| Rung, micro-F1@fixed") :]
    rows = {row.split("|")[1].strip(): row.split("|")[-2].strip() for row in fixed.splitlines() if row.startswith("|")}
    assert rows["total"].startswith("+0.402")
    assert rows["steps"].startswith("+0.300")
    assert "+0.300 of the +0.402 at a cut-off of 0.5" in PROSE
    tuned = ladder[ladder.index("| Rung, micro-F1@tuned") : ladder.index("| Rung, micro-F1@fixed")]
    encoder = [row.split("|")[-2] for row in tuned.splitlines() if row.startswith(("| resampling", "| text"))]
    widths = [[float(limit) for limit in re.findall(r"[+-]\d\.\d+", cell)[1:]] for cell in encoder]
    halves = sorted((high - low) / 2 for low, high in widths)
    assert halves == pytest.approx([0.014, 0.035], abs=0.001)
    assert "to within 0.014 to 0.035" in PROSE
