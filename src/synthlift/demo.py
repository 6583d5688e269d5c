"""A first run without a file, a key or a network: a simulated study, whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from synthlift.api import Fresh, Options, Plan, plan
from synthlift.corpus.columns import Columns
from synthlift.corpus.frames import as_jsonl
from synthlift.randomness import stream
from synthlift.run.folder import ARTEFACTS, enter
from synthlift.run.simulated import place, real_file, rows_of
from synthlift.simulation import PRESETS, SimulatedGenerator, Simulator
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS
from synthlift.study.input import Input

__all__ = ["FULL", "QUICK", "Scale", "simulated_study"]

N_TRAIN, N_TEST, N_SPARE, N_SYNTHETIC = 165, 600, 700, 660
REPLICATES = 3


@dataclass(frozen=True, slots=True)
class Scale:
    """How much a demo compares.

    Attributes
    ----------
    presets : tuple of str
        Simulated generators; the first is run in all conditions.
    classifiers : tuple of str
    n_fresh, n_runs : int
        Test documents and runs that tell the truth.
    has_grid : bool
        Whether a budget is measured too, and how far its advice is off.
    """

    presets: tuple[str, ...]
    classifiers: tuple[str, ...]
    n_fresh: int
    n_runs: int
    has_grid: bool


FULL = Scale(
    ("faithful", "off-style", "narrow", "mislabelled", "copycat"), ("linear", "embedding"), 4000, 4, has_grid=True
)
QUICK = Scale(("faithful", "copycat"), ("linear",), 1000, 2, has_grid=False)


def simulated_study(out: Path, scale: Scale, seed: int = 0) -> tuple[Plan, Fresh]:
    """Write the two files of a simulated audit into a run folder, and plan it.

    165 training, 600 test and 700 spare documents of 64 labels, and 660 texts of each simulated generator; the files
    are left in ``artefacts/`` for whoever wants to read them or to audit them by hand.

    Raises
    ------
    BadConfiguration
        Where the folder cannot be used.
    Refused
        Where it holds the files of another seed or scale.
    """
    simulator = Simulator(seed)
    train = simulator.corpus(N_TRAIN, stream="train")
    real = {
        "train": train,
        "test": simulator.corpus(N_TEST, stream="test"),
        "spare": simulator.corpus(N_SPARE, stream="spare"),
    }
    generators = [SimulatedGenerator(simulator, PRESETS[name], name) for name in scale.presets]
    synthetic = [g.generate(train, N_SYNTHETIC, rng=stream(seed, "demo", g.name)) for g in generators]
    enter(out)
    files = {"real": out / ARTEFACTS / "real.jsonl", "synthetic": out / ARTEFACTS / "synthetic.jsonl"}
    place(files["real"], real_file(real))
    place(files["synthetic"], as_jsonl(row for corpus in synthetic for row in rows_of(corpus)))
    planned = plan(
        Input(files["real"], files["synthetic"], columns=Columns(split="split"), by="generator"),
        Options(
            classifiers=scale.classifiers,
            replicates=REPLICATES,
            seed=seed,
            other_conditions=("real", *VOLUME_CONTROLS, TREATMENT),
            grid=scale.has_grid,
        ),
    )
    return planned, Fresh(simulator.corpus(scale.n_fresh, stream="truth"), scale.n_runs)
