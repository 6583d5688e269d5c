"""The run folder as a whole: to whom it belongs, what was declared in it, how far it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from synthlift.errors import BadConfiguration, Refused, show
from synthlift.run.agreement import agreement_records
from synthlift.run.floors import floors
from synthlift.storage.files import is_leftover, write_atomic
from synthlift.storage.ledger import Ledger
from synthlift.storage.lock import RunLock
from synthlift.study.config import Study
from synthlift.study.copying import copying_records
from synthlift.study.grid import NO_GRID, Grid
from synthlift.study.preparation import Prepared
from synthlift.study.trials import fingerprint

__all__ = ["ARTEFACTS", "LEDGER", "check_free", "check_identity", "claim", "enter", "write_status"]

ARTEFACTS = "artefacts"
LEDGER = "ledger.db"
_FIRST_FILES = ("lock", ARTEFACTS, LEDGER)


def enter(out: Path) -> None:
    """Make the run folder.

    Raises
    ------
    BadConfiguration
        Where the path is a file, or a folder with other things in it, or cannot be used.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        others = [path for path in out.iterdir() if path.name not in _FIRST_FILES and not is_leftover(path)]
        if others and not (out / LEDGER).exists():
            raise BadConfiguration(
                f"--out: {show(out)} holds other files, expected a new or a run folder: name another"
            )
        (out / ARTEFACTS).mkdir(exist_ok=True)
    except OSError as error:
        raise BadConfiguration(f"--out: cannot use {show(out)} ({error.strerror}); name another folder") from None


def check_free(out: Path) -> None:
    """Refuse a folder that another run holds before the corpora are read, which may take a while.

    Raises
    ------
    Refused
        Where it is in use.
    """
    try:
        known = (out / "lock").is_file()
    except OSError:  # `enter` tells why
        return
    if known:
        with RunLock(out):
            pass


def claim(ledger: Ledger, study: Study, prepared: Prepared, n_real: Mapping[str, int], grid: Grid = NO_GRID) -> None:
    """Check that the folder belongs to this data, split, seed and method, and write down what is declared.

    More replicates, regimes, classifiers, conditions or generators extend a run. Another delta, another primary cell,
    other texts of a generator (a changed prompt or filter) and other settings or weights of a classifier are accepted,
    and once scores exist they are marked as declared afterwards.

    Raises
    ------
    Refused
        Where the folder holds a run on other data, split, seed or method; what differs is named.
    """
    check_identity(ledger, prepared.identity)
    primary = study.primary
    declaration = {**primary.model_dump(), "delta": study.delta}
    before = ledger.get("declared")
    sources, earlier = prepared.workload.source_identity, ledger.get("source_identity") or {}
    learners, trained = prepared.workload.learner_identity, ledger.get("learner_identity") or {}
    late = False
    if isinstance(before, Mapping):
        same = all(before.get(name) == value for name, value in declaration.items())
        same = same and all(sources.get(name) == sha for name, sha in earlier.items())
        same = same and all(learners.get(name) == sha for name, sha in trained.items() if name in study.classifiers)
        late = bool(before["changed_after_scores"]) or (not same and "done" in ledger.keys().values())
    ledger.put("identity", prepared.identity)
    ledger.put("identity_sha256", prepared.workload.identity)
    ledger.put("study", study.model_dump(mode="json"))
    ledger.put("facts", prepared.facts.as_json())
    ledger.put("n_real", dict(n_real))
    ledger.put("grid", grid.as_json())
    keywords = {label: dict(own) for label, own in prepared.workload.keywords.words.items()}
    if ledger.get("floors") is None or sources != earlier or keywords != ledger.get("keywords"):
        ledger.put("test", prepared.workload.test_truth())
        fidelity = copying_records(prepared.workload, prepared.near_test)
        if prepared.facts.classifiable:
            agreement, records = agreement_records(prepared.workload)
            fidelity += records
            ledger.put("label_agreement", {name: np.round(values, 3).tolist() for name, values in agreement.items()})
        ledger.put("fidelity", fidelity)
        ledger.put("floors", floors(prepared.workload) if prepared.facts.classifiable else [])
    sha = fingerprint({"identity": prepared.identity, **declaration})
    ledger.put("keywords", keywords)
    ledger.put("source_identity", sources)
    ledger.put("learner_identity", learners)
    ledger.put("declared", {**declaration, "config_sha256": sha, "changed_after_scores": late})


def check_identity(ledger: Ledger, identity: Mapping[str, object]) -> None:
    """Refuse a folder of a run on other data, split, seed or method.

    Raises
    ------
    Refused
        Naming what differs.
    """
    stored = ledger.get("identity")
    if isinstance(stored, Mapping) and stored != identity:
        names = [name for name in identity if stored.get(name) != identity[name]]
        raise Refused(
            f"the run folder belongs to another {', '.join(names) or 'study'}; expected the same, since its scores "
            "cannot be mixed with new ones: name another folder with --out, or restore what changed"
        )


def write_status(out: Path, state: str, done: int, total: int, failed: int) -> None:
    """Write `status.json`, the only file with a time in it."""
    status = {"state": state, "done": done, "total": total, "failed": failed, "unix_time": round(time.time(), 3)}
    write_atomic(out / "status.json", json.dumps(status).encode() + b"\n")
