"""What tests of every room may ask for: real corpora, a tiny one, and command lines to run on it."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest_plugins = ["encoder_fixtures", "llm_fixtures"]

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ.update(ONE_THREAD)  # as commands and workers do: what is computed here is compared with theirs to the bit
# the page is a pure function of the summary, and drawing it takes longer than a tiny audit
PLAIN_REPORT = "import synthlift.report.publish as p; p.render = lambda summary, *_: p.json_bytes(summary)"
CLI = (sys.executable, "-c", "from synthlift.cli import main; main()")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Name the folder of real corpora: SYNTHLIFT_DATA, or shared/data beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SYNTHLIFT_DATA", default))
    if not folder.is_dir():
        pytest.skip("no real corpora here: set SYNTHLIFT_DATA to their folder")
    return folder


def tiny_rows(seed: int = 0, n_real: int = 60, n_synthetic: int = 40) -> tuple[list[dict], list[dict]]:
    """Return rows of a real and a synthetic file: four labels, each with words of its own among common ones."""
    rng = random.Random(seed)
    words = {label: [f"{label}{i}" for i in range(6)] for label in ("blue", "green", "grey", "red")}
    common = [f"word{i}" for i in range(40)]

    def row(identity: str, **fields: object) -> dict:
        labels = [label for label in words if rng.random() < 0.35] or [rng.choice(list(words))]
        chosen = [rng.choice(words[label]) for label in labels for _ in range(3)] + rng.choices(common, k=12)
        rng.shuffle(chosen)
        return {"id": identity, "text": " ".join(chosen), "labels": labels, **fields}

    splits = ("train", "train", "test", "train", "spare", "test")
    real = [row(f"r{i}", split=splits[i % 6]) for i in range(n_real)]
    # half have a parent that trains, half none
    synthetic = [row(f"s{i}", origin_id=f"r{6 * (i % 10)}" if i % 2 else None) for i in range(n_synthetic)]
    return real, synthetic


def _write(path: Path, rows: list[dict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class Corpora:
    """The two files of an audit, written from rows."""

    def __init__(self, folder: Path, real: list[dict], synthetic: list[dict]) -> None:
        self.real = _write(folder / "real.jsonl", real)
        self.synthetic = _write(folder / "synthetic.jsonl", synthetic)

    def audit(self, out: Path, *options: str, replicates: int = 1) -> tuple[str, ...]:
        """Return the arguments of an audit of these files."""
        given = ("audit", str(self.real), str(self.synthetic), "--split-column", "split", "--out", str(out))
        return (*given, "--replicates", str(replicates), "--workers", "1", *options)


@pytest.fixture(scope="session")
def tiny():
    """Give the maker of the tiny corpus' rows, real and synthetic, to be changed at will."""
    return tiny_rows


@pytest.fixture(scope="session")
def write_corpora():
    """Give the writer of corpora: a folder and two lists of rows in, `Corpora` out."""
    return Corpora


@pytest.fixture(scope="session")
def corpora(tmp_path_factory) -> Corpora:
    """Write the tiny corpus once."""
    return Corpora(tmp_path_factory.mktemp("corpora"), *tiny_rows())


@pytest.fixture(scope="session")
def cold():
    """Give the command line as a user starts it: a fresh interpreter, seconds of imports."""

    def run(*args: str, env: dict[str, str] | None = None, **options) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **(env or {})}
        return subprocess.run([*CLI, *args], env=environment, capture_output=True, text=True, timeout=60, **options)

    return run


@pytest.fixture(scope="session")
def start():
    """Give the command line as a process of its own group that the test may signal; standard error is a pipe."""

    def begin(*args: str, **options) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
        return subprocess.Popen([*CLI, *args], **{**pipes, **options})

    return begin


class Warm:
    """Commands, each in a process that is forked from one with everything imported."""

    def __init__(self, folder: Path) -> None:
        server = Path(__file__).with_name("warm_cli.py")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._server = subprocess.Popen([sys.executable, str(server)], env={**os.environ, **ONE_THREAD}, **pipes)
        self._folder = folder
        self._numbers = itertools.count()

    def __call__(
        self, *args: str, env: dict[str, str] | None = None, before: str = "", plain: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run a command; `before` is Python that runs first, `plain` puts the summary in the report's place."""
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        places = {name: str(folder / name) for name in ("stdout", "stderr", "calls")}
        before = f"{before}\n{PLAIN_REPORT}" if plain else before
        request = {"args": args, "env": env or {}, "before": before, **places}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        told = [(folder / name).read_bytes().decode() for name in ("stdout", "stderr")]
        done = subprocess.CompletedProcess(args, answer["returncode"], *told)
        done.n_failpoints = answer["n_failpoints"]
        return done

    def close(self) -> None:
        """End the server."""
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()


@pytest.fixture(scope="session")
def warm(tmp_path_factory) -> Iterator[Warm]:
    """Give the command line without its imports: use it wherever the interpreter's start is not what is tested."""
    server = Warm(tmp_path_factory.mktemp("warm"))
    yield server
    server.close()


@pytest.fixture(scope="session")
def finished(tmp_path_factory, warm, corpora) -> Path:
    """Give the folder of an audit that nothing disturbed; copy it before changing it."""
    out = tmp_path_factory.mktemp("finished") / "run"
    done = warm(*corpora.audit(out))
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def finished_copy(finished, tmp_path) -> Path:
    """Give a copy of the undisturbed run's folder."""
    return Path(shutil.copytree(finished, tmp_path / "run"))
