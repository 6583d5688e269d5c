"""What the command line prints: the verdict in a few lines, foreign text escaped, any width."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from synthlift.run.progress import duration

if TYPE_CHECKING:
    from synthlift.api import Plan
    from synthlift.report.summary import Estimate, Summary, Verdict
    from synthlift.report.summary_budget import Advice
    from synthlift.run.checking import Checked
    from synthlift.run.forecast import Forecast
    from synthlift.run.foresight import Foresight

__all__ = [
    "advice_lines",
    "checked_lines",
    "forecast_lines",
    "foresight_lines",
    "plain",
    "plan_lines",
    "summary_lines",
    "wrapped",
]

WIDEST = 100


def plain(text: str) -> str:
    r"""Make foreign text harmless to a terminal: whatever is not printable is escaped.

    >>> plain("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def wrapped(text: str, indent: str = "") -> list[str]:
    """Break a line at the terminal's width; continuation lines are indented by `indent`."""
    width = max(min(shutil.get_terminal_size().columns, WIDEST), 30)
    return textwrap.wrap(plain(text), width, subsequent_indent=indent, break_on_hyphens=False) or [""]


def plan_lines(planned: Plan) -> Iterator[str]:
    """Say what was read and what will be compared."""
    facts = planned.prepared.facts
    real = f"{facts.n_train} train, {facts.n_test} test, {facts.n_spare} spare; {len(facts.labels)} labels"
    yield from wrapped(f"real       {real}", " " * 11)
    yield from wrapped(f"split      {facts.split}", " " * 11)
    for name, volume in facts.volume.items():
        dropped = ", ".join(f"{n} {reason}" for reason, n in volume.dropped.items())
        tail = f" ({dropped} dropped)" if dropped else ""
        yield from wrapped(f"synthetic  {name}: {volume.kept} of {volume.requested} kept{tail}", " " * 11)
    if facts.columns_used:
        yield from wrapped(f"columns    {', '.join(facts.columns_used)}", " " * 11)
    study = planned.study
    what = f"{len(planned.trials)} trials: {study.replicates} replicates of {len(study.conditions)} conditions"
    grid = f" and of {len(planned.grid.points)} points of a grid" if planned.grid.points else ""
    yield from wrapped(f"compare    {what}{grid}", " " * 11)
    if planned.grid.reason is not None:
        yield from wrapped(f"grid       none: {planned.grid.reason}", " " * 11)


def checked_lines(checked: Checked, *, prompts: bool = False) -> Iterator[str]:
    """Say what a study will ask for and compare; with `prompts`, the first prompt of each generator."""
    side = checked.side
    roles = ", ".join(f"{side.rows(role).size} {role}" for role in ("train", "validation", "spare", "test"))
    yield from wrapped(f"real       {roles}; {len(side.corpus.labels)} labels", " " * 11)
    yield from wrapped(f"split      {side.split.description}", " " * 11)
    for volume in checked.volumes:
        cost = f", ${volume.least_usd:,.2f} to ${volume.most_usd:,.2f}" if volume.most_usd else ""
        tokens = f"{volume.least_tokens:,} to {volume.most_tokens:,} tokens"
        yield from wrapped(f"asks for   {volume.title}: {volume.n:,} texts, {tokens}{cost}", " " * 11)
    for name in checked.unlisted:
        told = f"the server lists no models, so that it has {name} is not known before it is asked"
        yield from wrapped(f"model      {told}", " " * 11)
    yield from wrapped(f"compare    up to {checked.n_trials:,} trials", " " * 11)
    for volume in checked.volumes if prompts else ():
        for role, content in volume.example.request.messages:
            yield ""
            yield from wrapped(f"{volume.title}, {volume.example.family}, {role}:")
            for line in content.splitlines():
                yield from wrapped(f"  {line}", "  ")
    yield ""
    yield "Nothing is wrong, and nothing was bought."


def forecast_lines(seen: Forecast, workers: int) -> Iterator[str]:
    """Say what a study will take, and what it could see."""
    hours = (
        f"about {duration(seen.seconds / workers)} for {seen.n_trials:,} trials on {workers} workers of this machine, "
        f"told by {seen.n_timed} trials on stand-ins; the texts take as long as who writes them does, and measuring "
        "them comes on top"
    )
    yield from wrapped(f"time       {hours}", " " * 11)
    yield from wrapped(f"disk       about {seen.disk_bytes / 1e6:,.0f} MB in the run folder", " " * 11)
    yield from foresight_lines(seen.foresight)


def demo_lines(planned: Plan) -> Iterator[str]:
    """Say what a demo is, and show a text of it."""
    load = planned.prepared.workload
    first = load.train.documents[0]
    yield from wrapped(
        "Simulated patents of assistive technology: whoever wrote them knows what each generator is worth."
    )
    yield from wrapped(f"one real   {first.text}", " " * 11)
    yield from wrapped(f"labels     {', '.join(first.labels)}", " " * 11)


def next_lines() -> Iterator[str]:
    """Say what to run next, on one's own data."""
    yield from wrapped("Next, your own documents (columns text and labels, a test set, synthetic text of any tool):")
    yield from wrapped("  synthlift audit REAL.csv SYNTHETIC.csv --test TEST.csv --out RUN --dry-run")
    yield from wrapped("  synthlift audit REAL.csv SYNTHETIC.csv --test TEST.csv --out RUN")


def advice_lines(advice: Advice) -> Iterator[str]:
    """Say what to buy, what is expected of it, and how far that can be trusted."""
    yield from wrapped(
        f"owned      {advice.owned_real:,} real and {advice.owned_synthetic:,} synthetic documents of "
        f"{advice.generator}, {advice.classifier}",
        " " * 11,
    )
    if advice.now is not None:
        shown = _between(advice.now, advice.now_low, advice.now_high, ".3f")
        yield from wrapped(f"now        {advice.metric} {shown}", " " * 11)
    if advice.buy_real is None or advice.buy_synthetic is None:
        yield from wrapped(f"no advice  {advice.reason}", " " * 11)
        return
    real = _between(advice.buy_real, advice.buy_real_low, advice.buy_real_high, ",.0f")
    synthetic = _between(advice.buy_synthetic, advice.buy_synthetic_low, advice.buy_synthetic_high, ",.0f")
    spent = f"{advice.spent:,.2f} of {advice.budget:,.2f}"
    yield from wrapped(f"buy        {real} real and {synthetic} synthetic documents, for {spent}", " " * 11)
    if advice.flat:
        yield from wrapped(f"{'':11}No way to split the money is told from any other: buy what is easiest", " " * 11)
    if advice.expected is not None:
        shown = _between(advice.expected, advice.expected_low, advice.expected_high, ".3f")
        yield from wrapped(f"expect     {advice.metric} {shown}", " " * 11)
    if advice.over_real is not None:
        shown = _between(advice.over_real, advice.over_real_low, advice.over_real_high, "+.3f")
        yield from wrapped(f"against    {advice.real_alone:,} real documents for all of it: {shown}", " " * 11)
    yield from _trusted(advice)


def _trusted(advice: Advice) -> Iterator[str]:
    """Say what no interval of an advice holds: how the law fits, and what was measured without it."""
    if advice.misfit is not None:
        yield from wrapped(
            f"the law    off the measured means by {advice.misfit:.3f} (root mean square), which no interval holds; it "
            "knows no harm",
            " " * 11,
        )
    if advice.rate is not None:
        sign = {"=": "", ">=": "at least ", "<=": "at most "}[advice.rate_bound or "="]
        shown = _between(advice.rate, advice.rate_low, advice.rate_high, ".2f")
        yield from wrapped(
            f"measured   beside {advice.owned_real:,} real documents, {advice.rate_at:,} synthetic ones stood in for "
            f"{sign}{shown} real ones each",
            " " * 11,
        )
    if advice.collapse is not None:
        yield from wrapped(
            f"{'':11}beside {advice.collapse_beside:,} real documents, twice {advice.collapse:,} synthetic ones were "
            f"not seen to gain over {advice.collapse:,}",
            " " * 11,
        )
    if advice.reason is not None:
        yield from wrapped(f"note       {advice.reason}", " " * 11)


def _between(value: float, low: float | None, high: float | None, form: str) -> str:
    """Write a number with its interval, where it has one."""
    if low is None or high is None or low == high:
        return f"{value:{form}}"
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"


def foresight_lines(seen: Foresight | None) -> Iterator[str]:
    """Say what the planned study will be able to see."""
    if seen is None:
        said = "unknown: too few real documents for two disjoint draws that learn something"
    else:
        said = (
            f"a true gain of {seen.effect:.3f} or more will be found with {seen.power:.0%} probability by "
            f"{seen.n_replicates} replicates on {seen.n_test_documents} test documents (cautious: told by "
            f"{seen.n_pairs} pairs of disjoint draws of {seen.n_documents} real documents)"
        )
    yield from wrapped(f"power      {said}", " " * 11)


def summary_lines(summary: Summary, out: Path) -> Iterator[str]:
    """Say the verdict, what it rests on, and where the report is."""
    verdict = summary.verdict
    yield ""
    yield from wrapped(verdict.sentence)
    if verdict.would_tell:
        yield from wrapped(verdict.would_tell)
    yield ""
    if verdict.against is not None:
        yield from _contrasts(summary)
    if verdict.n_cells:
        yield from wrapped(f"The same in {verdict.n_agreeing} of {verdict.n_cells} other cells:")
        for other in summary.verdicts:
            if _cell(other) != _cell(verdict):
                yield from wrapped(f"  {other.generator}, {other.classifier}, {other.regime}: {other.outcome}", "    ")
    yield from _planted(summary)
    for warning in summary.warnings:
        yield from wrapped(f"! {warning.code}: {warning.message}", "  ")
    yield ""
    yield plain(f"report  {out / 'report.html'}")


def _planted(summary: Summary) -> Iterator[str]:
    """One line per generator of the primary classifier: the estimate against `real`, and the planted truth."""
    verdict = summary.verdict
    known = [record for record in summary.planted if record.covered is not None]
    if not known:
        return
    yield from wrapped(f"Gain over real, estimated [95% interval], and the planted truth ({verdict.classifier}):")
    for record in known:
        mine = record.classifier == verdict.classifier and record.regime == verdict.regime
        if mine and record.contrast == "real+synthetic - real":
            shown = f"{record.value:+.3f} [{record.low:+.3f}, {record.high:+.3f}]"
            yield from wrapped(f"  {record.generator:<19}{shown}  truth {record.truth:+.3f}", " " * 21)
    held = sum(bool(record.covered) for record in known)
    yield from wrapped(f"The intervals hold the truth in {held} of {len(known)} comparisons.")
    yield ""


def _cell(verdict: Verdict) -> tuple[str | None, str, str]:
    return verdict.generator, verdict.classifier, verdict.regime


def _contrasts(summary: Summary) -> Iterator[str]:
    """One line per contrast of the treatment in the primary cell, with its interval."""
    verdict = summary.verdict
    metric, _, threshold = verdict.primary_metric.partition("@")
    yield from wrapped(f"{verdict.primary_metric}, real+synthetic against (95% interval):")
    for e in summary.estimates:
        mine = (e.generator, e.classifier, e.regime, e.metric, e.threshold)
        if mine == (*_cell(verdict), metric, threshold) and e.contrast.startswith("real+synthetic - "):
            yield from wrapped(f"  {e.contrast.removeprefix('real+synthetic - '):<19}{_shown(e)}", " " * 21)


def _shown(e: Estimate) -> str:
    if e.value is None or e.low is None or e.high is None:
        return f"-  ({e.reason})"
    return f"{e.value:+.3f} [{e.low:+.3f}, {e.high:+.3f}]"
