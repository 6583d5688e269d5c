"""What commands on run folders print, in any width, foreign text escaped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from synthlift.run.progress import duration
from synthlift.terminal import plain, wrapped

if TYPE_CHECKING:
    from synthlift.report.comparison_records import Change, ComparedCell, Comparison, Gain
    from synthlift.run.state import RunState
    from synthlift.storage.counts import Requests

__all__ = ["comparison_lines", "state_lines"]

STATES = {
    "preparing": "preparing: documents are read and compared, no trial has begun",
    "asking": "asking: language models write texts",
    "running": "running",
    "done": "finished",
    "interrupted": "interrupted; run the same command again, it goes on where it stopped",
    "stopped": "stopped before its end; run the same command again, it goes on where it stopped",
    "killed": "killed; run the same command again, it goes on where it stopped",
}
INDENT = " " * 11


def state_lines(state: RunState) -> Iterator[str]:
    """Say how far a run is, what failed, and where its report is."""
    yield from wrapped(f"state      {STATES[state.state]}", INDENT)
    if state.done is not None and state.total is not None:
        yield from wrapped(f"progress   {_progress(state, state.done, state.total)}", INDENT)
    if state.seconds_left is not None:
        at_most = "at most " if state.state == "running" else ""
        note = ", less with several workers" if at_most else ""
        yield from wrapped(f"time left  {at_most}about {duration(state.seconds_left)}{note}", INDENT)
    if state.counts.requests is not None:
        yield from wrapped(f"requests   {_asked(state.counts.requests)}", INDENT)
    if state.counts.trials:
        kinds = ", ".join(f"{n:,} {status.replace('-', ' ')}" for status, n in state.counts.trials.items())
        mean = state.counts.mean_seconds
        pace = "" if mean is None else f"; {mean:.2g} s a trial" if mean < 10 else f"; {mean:,.0f} s a trial"
        yield from wrapped(f"trials     {kinds}{pace}", INDENT)
    yield from _failures(state)
    if state.report is not None:
        yield plain(f"report     {state.report}")


def _progress(state: RunState, done: int, total: int) -> str:
    what = "texts" if state.state == "asking" else "trials"
    failed = f", {state.failed:,} failed" if state.failed else ""
    then = "; texts are measured, and the report is written" if state.state == "running" and done == total else ""
    since = f", {duration(state.seconds_since)} ago" if state.seconds_since is not None else ""
    return f"{done:,} of {total:,} {what}{failed}{since}{then}"


def _asked(requests: Requests) -> str:
    parts = [f"{requests.n_answered:,} of {requests.n_requests:,} answered"]
    parts += [f"{requests.n_open:,} on their way"] if requests.n_open else []
    parts += [f"{requests.n_unanswered:,} without an answer"] if requests.n_unanswered else []
    parts += [f"{requests.n_maybe_billed:,} attempts maybe billed"] if requests.n_maybe_billed else []
    parts += [f"{requests.prompt_tokens + requests.completion_tokens:,} tokens"]
    parts += [f"${requests.cost_usd:,.2f}"] if requests.cost_usd else []
    return ", ".join(parts)


def _failures(state: RunState) -> Iterator[str]:
    """List the commonest reasons, each with a trial of its kind."""
    counts = state.counts
    for place, each in enumerate(counts.failures):
        head = "failed" if place == 0 else ""
        yield from wrapped(f"{head:<11}{each.n_trials:,}: {each.reason}", INDENT + "  ")
        yield from wrapped(f"{INDENT}  such as {each.example}", INDENT + "  ")
    n_others = counts.n_reasons - len(counts.failures)
    if n_others:
        others = "another reason" if n_others == 1 else f"{n_others:,} other reasons"
        yield from wrapped(f"{INDENT}and for {others}", INDENT)


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """Say what differs between two runs, and what both found in each cell that they share."""
    if comparison.same:
        yield from wrapped("Both folders hold the same run: nothing differs.")
    for each in comparison.differences:
        yield from wrapped(f"{each.field}: {each.then} -> {each.now}", "  ")
    yield ""
    if comparison.cells:
        yield from wrapped(f"{comparison.metric}, gain [95% interval], then -> now:")
    for cell in comparison.cells:
        yield from _cell(cell)
    for name, cells in (("now", comparison.only_now), ("then", comparison.only_then)):
        if cells:
            yield from wrapped(f"only {name}: {'; '.join(cells)}", "  ")
    if comparison.reason is not None:
        yield from wrapped(comparison.reason)


def _cell(cell: ComparedCell) -> Iterator[str]:
    yield from wrapped(f"  {cell.generator}, {cell.classifier}, {cell.regime}", "    ")
    yield from wrapped(f"    {'verdict':<16}{cell.outcome_then} -> {cell.outcome_now}", " " * 20)
    for change in cell.changes:
        yield from wrapped(f"    {change.over:<16}{_gain(change.then)} -> {_gain(change.now)}", " " * 20)
        yield from wrapped(f"    {'':<16}{_difference(change)}", " " * 20)


def _gain(found: Gain) -> str:
    over = "" if found.control is None else f" ({found.control})"
    return _between(found.value, found.low, found.high) + over


def _difference(change: Change) -> str:
    if change.difference is None:
        return f"no difference: {change.reason}"
    why = f"; {change.reason}" if change.reason is not None else ""
    return f"difference {_between(change.difference, change.low, change.high)}{why}"


def _between(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "-"
    limits = "" if low is None or high is None else f" [{low:+.3f}, {high:+.3f}]"
    return f"{value:+.3f}{limits}"
