from __future__ import annotations

import os
import re
import sys

from synthlift.run.progress import Tally, observer, until_unread


def test_a_tally_says_how_far_and_how_long():
    """After the first trial a tally says how many trials there are, how quick they are and about how long it takes."""
    tally = Tally(total=11, done=1, started=0.0)
    assert re.fullmatch(r"1/11 trials, [\d.]+ a second, about .+ left", tally.line())
    tally.failed = 1
    assert ", 1 failed, " in tally.line()


def test_resumed_trials_are_no_pace(monkeypatch):
    """Time left is told from the trials of this run alone; before the first of them there is nothing to tell."""
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    tally = Tally(total=100, done=80, resumed=80, started=90.0)
    assert tally.seconds_left is None
    assert tally.line() == "80/100 trials"
    tally.done = 85
    assert tally.seconds_left == 15 * 10.0 / 5
    assert tally.line() == "85/100 trials, 0.5 a second, about 30 s left"


def test_a_log_gets_few_lines(capsys):
    """Where no terminal listens, the first and the last trial get a line each, and others one every few seconds."""
    tally = Tally(total=50)
    with observer(quiet=False) as observe:
        for tally.done in range(1, 51):
            observe(tally)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["1/50", "50/50"]


def test_quiet_says_nothing(capsys):
    """A quiet observer prints nothing."""
    with observer(quiet=True) as observe:
        observe(Tally(total=1, done=1))
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_has_left():
    """What is written to a pipe whose reader is gone goes nowhere, then and later, and stops nothing."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        for _ in range(3):
            with until_unread(stream):
                stream.write("line\n")


def test_a_terminal_gets_a_bar(monkeypatch):
    """On a terminal the bar shows the tally, and leaves nothing behind but its clearing."""
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with observer(quiet=False) as observe:
        observe(Tally(total=2, done=2))
    assert "2/2 trials" in terminal.getvalue()
