"""A finished run that is asked for again: told in seconds at any size, by hashes of what it read and what it wrote.

Only a run that lacks nothing is marked. Whatever differs afterwards, a file of the user's, an option, the version of
synthlift or a byte of the run folder, goes the usual way: what is damaged is done again, the report is written anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from synthlift.models.encoders import weights_identity
from synthlift.storage.files import is_leftover, write_atomic
from synthlift.study.config import METHOD_VERSION, Setting
from synthlift.study.input import Input
from synthlift.study.plan import Options
from synthlift.study.study_file import StudyFile
from synthlift.study.trials import fingerprint

__all__ = ["is_marked", "mark", "request_of", "trials_of_marked"]

MARK = "finished.json"
# the lock and the status say nothing of results; vectors are trusted by their own hashes, wherever they are read
_NOT_RESULTS = ("lock", "status.json", MARK)


def request_of(options: Options, given: Input | StudyFile) -> str:
    """Return the hash of all that a run depends on: files by their content.

    A file that cannot be read counts as absent: whoever reads it next tells what is wrong.
    """
    if isinstance(given, StudyFile):
        said: Mapping[str, Any] = given.model_dump(mode="json", exclude={"folder", "executor"})
        files: Sequence[object] = given.files()
    else:
        said = {name: value for name, value in asdict(given).items() if not isinstance(value, Path)}
        files = (given.real, given.synthetic, given.test, given.descriptions)
    weights = [weights_identity(*model) for model in _models(options)]
    contents = [_sha256(file) if isinstance(file, Path) else None for file in files]
    versions = version("synthlift"), METHOD_VERSION
    return fingerprint(
        {"versions": versions, "said": said, "files": contents, "options": asdict(options), "weights": weights}
    )


def is_marked(out: Path) -> bool:
    """Whether a run finished here."""
    return (out / MARK).is_file()


def mark(out: Path, request: str, n_trials: int) -> None:
    """Note that nothing is lacking; the ledger is closed.

    Raises
    ------
    Stopped
        Where the disk is full or read-only.
    """
    told = {"request": request, "n_trials": n_trials, "files": {name: _sha256(out / name) for name in _results(out)}}
    write_atomic(out / MARK, json.dumps(told, indent=1).encode() + b"\n")


def trials_of_marked(out: Path, request: str) -> int | None:
    """Return how many trials a finished run has; None where another was asked for, or a byte has changed."""
    try:
        told = json.loads((out / MARK).read_bytes())
        same = told["request"] == request and all(_sha256(out / name) == sha for name, sha in told["files"].items())
        return int(told["n_trials"]) if same else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _results(out: Path) -> Iterator[str]:
    """Yield the names of what a run wrote, from its folder."""
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out)
        is_vectors = name.parts[:2] == ("artefacts", "embeddings")
        if path.is_file() and not (is_leftover(path) or is_vectors or str(name) in _NOT_RESULTS):
            yield str(name)


def _models(options: Options) -> Iterable[tuple[str, str | None]]:
    """Return the weights that classifiers and measurements load."""
    named: list[Mapping[str, Setting | None]] = [*options.classifier_settings.values()]
    named.append({"model": options.fidelity_model, "revision": options.fidelity_revision})
    for each in named:
        if each.get("model") is not None:
            revision = each.get("revision")
            yield str(each["model"]), None if revision is None else str(revision)


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
