"""From contrasts to verdicts: the table of the method applied to each cell, and what it says in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthlift.report.arms import Contrast, Unavailable
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.numerics import doubts
from synthlift.stats.outcome import Decision, Outcome, decide
from synthlift.stats.power import Needed, needed_to_decide, settled_delta
from synthlift.stats.two_way import TwoWay
from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS

__all__ = ["Judgement", "judge"]

MINUS = "\N{MINUS SIGN}"
STEPS = "real+steps"


@dataclass(frozen=True)
class Judgement:
    """A cell's outcome with everything that its sentence says.

    Attributes
    ----------
    outcome : str
    sentence : str
    controls : tuple of str
        Volume controls that were run.
    not_applicable : mapping of str to str
        Controls that were not, with the reason.
    decisive : TwoWay or None
        The comparison that decided; None where there was nothing to compare.
    against : str or None
    alpha : float
        Two-sided level of the limits.
    settles_delta : float or None
    needed : Needed or None
        What would turn *cannot tell* into an answer.
    """

    outcome: Outcome
    sentence: str
    controls: tuple[str, ...]
    not_applicable: Mapping[str, str]
    decisive: TwoWay | None
    against: str | None
    alpha: float
    settles_delta: float | None
    needed: Needed | None


def judge(evidence: Evidence, cell: CellKey, metric: str, alpha: float) -> Judgement:
    """Apply the verdict table to one cell."""
    wanted = [name for name in VOLUME_CONTROLS if name in evidence.study.conditions]
    found = {name: evidence.contrast(cell, metric, TREATMENT, name) for name in ("real", *wanted)}
    run = {name: c.estimate for name, c in found.items() if isinstance(c, Contrast) and name != "real"}
    not_run = {name: c.reason for name, c in found.items() if isinstance(c, Unavailable) and name != "real"}
    # convex, or trained for as many steps in every condition: then real+steps is `real`. Nothing else excuses a control
    excused = {name for name in not_run if name == STEPS and evidence.statuses(cell, name) == {"not-applicable"}}
    missing = {name: reason for name, reason in not_run.items() if name not in excused}
    missing |= {name: "left out of this study" for name in VOLUME_CONTROLS if name not in wanted}
    not_run |= missing
    against_real = found["real"]
    if isinstance(against_real, Unavailable):
        return _untold(f"there is nothing to compare, because {against_real.reason}", run, not_run, alpha)
    doubted = doubts(evidence, cell, (TREATMENT, "real", *run))
    if doubted:
        return _untold(_in_doubt(doubted), run, not_run, alpha)
    threshold = metric.partition("@")[2] or "tuned"
    differing = {name: e for name, e in run.items() if not evidence.same_predictions(cell, name, "real", threshold)}
    delta = evidence.study.delta
    decision = decide(against_real.estimate, differing, delta=delta, alpha=alpha, complete=not missing)
    estimates = {"real": against_real.estimate, **differing}
    decisive = estimates[decision.against]
    needed = None
    if decision.outcome == "cannot-tell" and not missing:
        needed = needed_to_decide(against_real.estimate, tuple(differing.values()), delta=delta, alpha=alpha)
    to_settle = differing or {"real": against_real.estimate}
    settles = min(settled_delta(e, len(differing), alpha=alpha) for e in to_settle.values())
    said = _Said(decision, estimates, metric, delta, alpha, missing, cell)
    outcome, against = decision.outcome, decision.against
    return Judgement(outcome, said.sentence(), tuple(run), not_run, decisive, against, alpha, settles, needed)


def _untold(why: str, run: Mapping[str, TwoWay], not_run: Mapping[str, str], alpha: float) -> Judgement:
    """Judge a cell in which no comparison can decide."""
    return Judgement("cannot-tell", f"Cannot tell: {why}.", tuple(run), not_run, None, None, alpha, None, None)


def _in_doubt(doubted: Mapping[str, str]) -> str:
    """Say why no verdict can rest on these conditions: whole for the first, the others by name."""
    first, *others = doubted
    more = f" ({', '.join(others)} in doubt as well)" if others else ""
    return f"{doubted[first]}{more}; run again in fp32 with eager attention"


@dataclass(frozen=True)
class _Said:
    """The words of one verdict."""

    decision: Decision
    estimates: Mapping[str, TwoWay]
    metric: str
    delta: float
    alpha: float
    missing: Mapping[str, str]
    cell: CellKey

    def sentence(self) -> str:
        words = {
            "helps": self._helps,
            "only-volume": self._only_volume,
            "no-effect": self._no_effect,
            "harms": self._harms,
            "cannot-tell": self._cannot_tell,
        }
        return words[self.decision.outcome]()

    def _helps(self) -> str:
        least = self.estimates[self.decision.against].interval(self.alpha)[0]
        over = "over every volume control" if len(self.estimates) > 1 else "(volume itself changes nothing here)"
        return (
            f"The synthetic text helps: {self.metric} rises by {self._shown('real')} over the real documents alone, "
            f"and by at least {least:.3f} {over}."
        )

    def _only_volume(self) -> str:
        control = self.decision.against
        upper = self.estimates[control].bound(1.0 - self.alpha / 2.0 / (len(self.estimates) - 1))
        return (
            f"Only volume: {self.metric} rises by {self._shown('real')} over the real documents alone, but no new text "
            f"is needed for it: against {control} the gain is at most {upper:.3f}, less than the {self.delta:g} worth "
            "having."
        )

    def _no_effect(self) -> str:
        return (
            f"No effect: {self.metric} changes by {self._shown('real')} against the real documents alone, within the "
            f"{self.delta:g} worth having."
        )

    def _harms(self) -> str:
        changes = f"{self.metric} changes by {self._shown('real')}"
        return f"The synthetic text harms: {changes} against the real documents alone."

    def _cannot_tell(self) -> str:
        if self.missing:
            name, reason = next(iter(self.missing.items()))
            return (
                f"Cannot tell: the control {name} is missing ({reason}); against the real documents alone "
                f"{self.metric} changes by {self._shown('real')}."
            )
        control = self.decision.against
        gain = f"{self.metric} changes by {self._shown('real')} against the real documents alone"
        if control == "real":
            return f"Cannot tell: {gain}; the interval neither excludes 0 nor stays within {self.delta:g}."
        return f"Cannot tell: {gain} and by {self._shown(control)} against {control}, its hardest volume control."

    def _shown(self, against: str) -> str:
        estimate = self.estimates[against]
        low, high = estimate.interval(self.alpha)
        return f"{estimate.value:+.3f} [{low:+.3f}, {high:+.3f}]".replace("-", MINUS)
