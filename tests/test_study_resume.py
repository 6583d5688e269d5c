"""A study that is killed, interrupted, changed or copied pays for no answer twice, and says the same in the end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from fake_llm import FakeServer
from synthlift.errors import Refused
from synthlift.storage.ledger import Ledger
from synthlift.study_run import run_study

LATENCY_S = 0.03
VOLUMES = (36, 12)  # from labels, of which 40 sets train, and from seeds


@pytest.fixture(scope="module")
def killed_studies():
    """Give the module that the benchmark of kills counts with."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(Path(__file__).resolve().parents[1] / "benchmarks"))
        import killed_studies

        yield killed_studies


@dataclass
class Place:
    """A study, its run folder, its server, and how to run it."""

    run: Path
    study: Path
    server: FakeServer
    warm: object

    @property
    def arguments(self) -> tuple[str, ...]:
        """Those of the command line."""
        return ("run", str(self.study), "--out", str(self.run), "--workers", "1")

    def __call__(self, **options):
        """Run the study; the summary takes the report's place, whose drawing takes longest."""
        return self.warm(*self.arguments, plain=True, **options)


@pytest.fixture(scope="module")
def place(tmp_path_factory, warm, killed_studies):
    """Give a maker of places, each with a server of its own."""
    servers = []

    def make(name: str, latency: float = LATENCY_S) -> Place:
        folder = tmp_path_factory.mktemp(name)
        servers.append(FakeServer(folder / "hits.jsonl", latency=latency))
        servers[-1].restart()
        study = killed_studies.write_study(folder, servers[-1].base_url, VOLUMES)
        return Place(folder / "run", study, servers[-1], warm)

    yield make
    for server in servers:
        server.kill()


@pytest.fixture(scope="module")
def whole(place) -> Place:
    """Give the place of a run that nothing disturbed; copy its folder before changing it."""
    made = place("whole", latency=0.0)
    done = made(env={"SYNTHLIFT_CRASH_AT": "0"})
    assert done.returncode == 0, done.stderr
    made.n_failpoints = done.n_failpoints
    return made


@pytest.fixture(scope="module")
def expected(whole, killed_studies) -> dict[str, bytes]:
    """Give what an undisturbed run leaves."""
    found = killed_studies.outcome(whole.run)
    assert len(found) == 7
    return found


@pytest.fixture
def copied(whole, tmp_path):
    """Give the undisturbed run's place with a copy of its folder."""
    n_before = len(whole.server.hits())
    made = Place(Path(shutil.copytree(whole.run, tmp_path / "run")), whole.study, whole.server, whole.warm)
    made.n_new = lambda: len(whole.server.hits()) - n_before
    return made


def _seconds(run: Path) -> dict[str, tuple[str | None, str, float]]:
    """Return generator, condition and duration of each trial: two computations hardly take the same time."""
    with Ledger.open_readonly(run / "ledger.db") as ledger:
        trials = [ledger.trial(key) for key in sorted(ledger.keys())]
    return {each.key: (each.spec["generator"], each.spec["condition"], each.seconds) for each in trials}


def _nothing_wasted(account, n_kills: int) -> None:
    """Check all that a kill may not do."""
    assert account.n_kills == n_kills
    assert (account.n_gone, account.n_asked_again, account.n_unlisted, account.n_different) == (0, 0, 0, 0)
    assert account.most_paid_twice <= 8
    assert account.n_lost >= account.n_paid_twice


# how answers fall into commits differs from run to run, so a run may have some writes fewer than `whole`
@pytest.mark.parametrize("share", [0.15, 0.3, 0.75])
def test_killed_at_a_write(share, place, whole, expected, killed_studies):
    """R1: after kill -9 at a write the same command asks only for the rest, and ends with the same bytes."""
    made = place("write")
    history = killed_studies.History(made.run, made.server)
    k = 1 + int(share * (whole.n_failpoints - 1))
    assert made(env={"SYNTHLIFT_CRASH_AT": str(k)}).returncode == -signal.SIGKILL
    history.note(killed=True)
    done = made()
    assert done.returncode == 0, done.stderr
    history.note(killed=False)
    _nothing_wasted(history.account(expected), 1)


def _await_hits(made: Place, process, n: int) -> None:
    end = time.monotonic() + 30
    while len(made.server.hits()) < n:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)


def test_killed_again_and_again(place, start, expected, killed_studies):
    """R1: a run that is killed three times while texts are on their way loses those alone, and lists each of them."""
    made = place("again")
    history = killed_studies.History(made.run, made.server)
    for _ in range(3):
        process = start(*made.arguments, stderr=None)
        _await_hits(made, process, len(made.server.hits()) + 10)
        process.kill()
        process.communicate()
        assert history.note(killed=True)
    done = made()  # at once: no lock is left
    assert done.returncode == 0, done.stderr
    history.note(killed=False)
    account = history.account(expected)
    _nothing_wasted(account, 3)
    assert account.n_paid_twice > 0
    assert len(made.server.hits()) == len(history.last.answer) + account.n_paid_twice


def test_the_account_sees_waste(place, whole, expected, killed_studies):
    """The count of R1 is no blank: an answer that goes missing is seen, as is that it is asked for again."""
    made = place("waste", latency=0.0)
    history = killed_studies.History(made.run, made.server)
    assert made(env={"SYNTHLIFT_CRASH_AT": str(whole.n_failpoints // 3)}).returncode == -signal.SIGKILL
    history.note(killed=True)
    shutil.rmtree(made.run)  # as if nothing had been written
    assert made().returncode == 0
    history.note(killed=False)
    account = history.account(expected)
    assert account.n_asked_again > 10
    assert account.n_unlisted > 10
    assert (account.n_gone, account.n_different) == (0, 0)


def test_interrupted(place, start, expected, killed_studies):
    """Ctrl-C while texts are on their way ends a run with 130 within ten seconds, all of them stored."""
    made = place("interrupted", latency=0.2)
    history = killed_studies.History(made.run, made.server)
    process = start(*made.arguments)
    _await_hits(made, process, 16)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert time.monotonic() - began < 10.0
    assert process.returncode == 130, told
    assert told.splitlines()[-1] == "interrupted; run the same command again to go on"
    history.note(killed=True)
    done = made()
    assert done.returncode == 0, done.stderr
    history.note(killed=False)
    account = history.account(expected)
    _nothing_wasted(account, 1)
    assert (account.n_paid_twice, account.n_lost) == (0, 0)


def test_a_folder_in_use(place, start, warm, expected, killed_studies):
    """R9: a second run on a folder is refused within a second; after kill -9 of the first the folder is free."""
    made = place("in-use", latency=0.3)
    process = start(*made.arguments, stderr=None)
    _await_hits(made, process, 1)
    began = time.monotonic()
    with pytest.raises(Refused, match=f"process {process.pid} "):
        run_study(made.study, made.run)
    assert time.monotonic() - began < 1.0
    assert made().returncode == 5
    assert process.poll() is None
    process.kill()
    process.communicate()
    made.server.set(latency=0.0)
    assert made().returncode == 0
    assert killed_studies.outcome(made.run) == expected


def test_copied_without_a_server(copied, whole, expected, killed_studies):
    """A copy of a finished folder makes the same data set and report again while its server is down."""
    for name in expected:
        (copied.run / name).unlink()
    whole.server.kill()
    try:
        done = copied()
    finally:
        whole.server.restart()
    assert done.returncode == 0, done.stderr
    assert killed_studies.outcome(copied.run) == expected
    assert _seconds(copied.run) == _seconds(whole.run)


def test_another_filter(copied, whole, tmp_path, killed_studies):
    """R10: another filter costs no request, and no trial of what it leaves as it was is run again."""
    filters = 'prompt-family = ["standard-patent"]'  # half of the texts from labels, all of those from seeds
    copied.study = killed_studies.write_study(tmp_path, whole.server.base_url, VOLUMES, filters)
    done = copied()
    assert done.returncode == 0, done.stderr
    assert copied.n_new() == 0
    before, after = _seconds(whole.run), _seconds(copied.run)
    fresh = {told[:2] for key, told in after.items() if before.get(key) != told}
    assert {generator for generator, _ in fresh} == {"from labels"}
    assert ("from labels", "real+synthetic") in fresh
    assert before.items() <= after.items()  # and going back costs nothing
    volume = {each["generator"]: each for each in json.loads((copied.run / "summary.json").read_text())["volume"]}
    assert volume["from labels"]["dropped"]["other-family"] == 18
    assert "other-family" not in volume["from seeds"]["dropped"]


@pytest.mark.parametrize(("volumes", "grown"), [((44, 12), "from labels"), ((36, 15), "from seeds")])
def test_another_volume(volumes, grown, copied, whole, tmp_path, killed_studies):
    """R10: more texts of one generator cost their own requests and trials, and nothing else."""
    copied.study = killed_studies.write_study(tmp_path, whole.server.base_url, volumes)
    done = copied()
    assert done.returncode == 0, done.stderr
    assert copied.n_new() == sum(volumes) - sum(VOLUMES)
    before, after = _seconds(whole.run), _seconds(copied.run)
    assert {told[0] for key, told in after.items() if before.get(key) != told} == {grown}
