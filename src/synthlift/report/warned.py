"""What the reader must know before believing a number: warnings, each with a stable code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from synthlift.report.arms import Contrast
from synthlift.report.evidence import CellKey, Evidence
from synthlift.report.numerics import doubts
from synthlift.report.records import ALPHA
from synthlift.report.retrieval import searched_indexes
from synthlift.report.summary import Numerics, Warned
from synthlift.report.verdicts import Judgement, judge
from synthlift.stats.multiplicity import holm
from synthlift.study.catalog import CHEAP_BASELINES, TREATMENT, VOLUME_CONTROLS

__all__ = ["warnings_of"]

UNMATCHED = 0.10
UNSEGMENTED = 0.10
COPIES = 0.05
FEW_REPLICATES = 5
UNANSWERED = 0.01
LOST = 0.5


def warnings_of(evidence: Evidence, judgements: dict[CellKey, Judgement], checked: Sequence[Numerics]) -> list[Warned]:
    """Return all warnings, the gravest first; `checked` is what was found of the numerics."""
    return [
        *_corpus(evidence),
        *_trials(evidence),
        *_primary_failures(evidence),
        *_in_doubt(checked),
        *_untrained(checked),
        *_alarms(evidence),
        *_thresholds(evidence, judgements),
        *_better_without(evidence),
        *_searches(evidence, judgements),
        *_cheaper(evidence),
        *_parents(evidence),
        *_matching(evidence),
        *_copies(evidence),
        *_writing(evidence),
    ]


def _warn(code: str, *sentences: str) -> Warned:
    return Warned(code=code, message="".join(sentences))


def _corpus(evidence: Evidence) -> Iterator[Warned]:
    facts = evidence.facts
    if not facts.classifiable:
        yield _warn(
            "one-label", "No label is carried by some documents and not by others: there is nothing to classify."
        )
    if facts.without_spaces > UNSEGMENTED:
        yield _warn(
            "texts-without-spaces",
            f"{facts.without_spaces:.0%} of the real texts put no blanks between words, so whole clauses count as "
            "words: run again with --analyzer char.",
        )
    beside = {reason: n for reason, n in facts.real_dropped.items() if reason.endswith("-near-test")}
    for reason, n in beside.items():
        role = reason.removesuffix("-near-test")
        yield _warn(
            "overlap-with-test",
            f"{n} real {role} documents are near-duplicates of test documents, or share a group with one, and were "
            "taken out; the test set stays as given.",
        )
    untested = [label for label, n in zip(facts.labels, facts.support_test, strict=True) if n == 0]
    if untested and facts.classifiable:
        yield _warn(
            "untested-labels",
            f"{len(untested)} of {len(facts.labels)} labels have no test document: macro-F1 leaves them out.",
        )
    untrained = [label for label, n in zip(facts.labels, facts.support_train, strict=True) if n == 0]
    if untrained and facts.classifiable:
        yield _warn(
            "untrained-labels", f"{len(untrained)} of {len(facts.labels)} labels have no real training document."
        )


def _trials(evidence: Evidence) -> Iterator[Warned]:
    failed = [trial for trial, result in evidence.results.items() if result.status == "failed"]
    if failed:
        reason = evidence.results[failed[0]].reason
        yield _warn(
            "failed-trials",
            f"{len(failed)} of {len(evidence.results)} trials failed; the first: {failed[0].name}: {reason}.",
        )
    if evidence.study.replicates < FEW_REPLICATES and evidence.facts.classifiable:
        yield _warn(
            "few-replicates",
            f"{evidence.study.replicates} replicates: intervals are trustworthy from {FEW_REPLICATES} on.",
        )
    rough = sum(int(result.facts.get("n_unconverged", 0) or 0) for result in evidence.results.values())
    if rough:
        yield _warn("not-converged", f"{rough} single-label fits stopped before their tolerance.")


def _primary_failures(evidence: Evidence) -> Iterator[Warned]:
    cell = evidence.primary
    touched = [name for name in ("real", TREATMENT, *VOLUME_CONTROLS) if "failed" in evidence.statuses(cell, name)]
    if touched:
        yield _warn("failed-primary", f"Trials of the primary comparison failed: {', '.join(touched)}.")


def _in_doubt(checked: Sequence[Numerics]) -> Iterator[Warned]:
    for record in checked:
        if record.flagged:
            yield _warn(
                "numerics",
                f"{record.classifier}, regime {record.regime}: {record.reason}; it is never ranked, and no verdict "
                "rests on it.",
            )


def _untrained(checked: Sequence[Numerics]) -> Iterator[Warned]:
    """Warn of conditions that were hardly trained or predict one thing; wrong labels (the placebo) may well do so."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for record in checked:
        code = "flat-loss" if record.check == "flat-loss" else "constant-predictions"
        if record.check in ("flat-loss", "all-empty", "constant") and record.condition != "placebo":
            found.setdefault((code, record.classifier, record.regime), {})[record.condition] = None
    says = {
        "flat-loss": "the training loss hardly fell, so these models have learnt little",
        "constant-predictions": "all test documents are given the same labels, or none, so a score says nothing of "
        "them",
    }
    for (code, classifier, regime), conditions in found.items():
        where = f"{classifier}, regime {regime}: in some replicate of {', '.join(conditions)} "
        yield _warn(code, where, says[code], ".")


def _alarms(evidence: Evidence) -> Iterator[Warned]:
    metric = evidence.study.primary.metric
    for cell in evidence.cells:
        found = evidence.contrast(cell, metric, "placebo", "real")
        if isinstance(found, Contrast) and found.estimate.interval()[0] > 0.0:
            gain = found.estimate.value
            yield _warn(
                "placebo-gains",
                f"{cell.generator}: with its label sets permuted the synthetic text still gains {gain:+.3f}: what it "
                "adds is not what its labels say.",
            )


def _thresholds(evidence: Evidence, judgements: dict[CellKey, Judgement]) -> Iterator[Warned]:
    cell, metric = evidence.primary, evidence.study.primary.metric
    name, _, threshold = metric.partition("@")
    if threshold != "tuned" or cell not in judgements or judgements[cell].decisive is None:
        return
    fixed = judge(evidence, cell, f"{name}@fixed", judgements[cell].alpha)
    ranked = judge(evidence, cell, "mAP", judgements[cell].alpha)
    if ranked.outcome != judgements[cell].outcome:
        yield _warn(
            "another-verdict-in-average-precision",
            f"In mean average precision, which needs no threshold, the verdict would be {ranked.outcome!r}.",
        )
    if fixed.outcome != judgements[cell].outcome:
        yield _warn(
            "another-verdict-at-0.5",
            f"At a fixed threshold of 0.5 the verdict would be {fixed.outcome!r}: on little data 0.5 measures "
            "calibration more than learning.",
        )


def _better_without(evidence: Evidence) -> Iterator[Warned]:
    """Warn where another classifier, on real documents alone, beats the primary one with synthetic text."""
    primary, metric = evidence.primary, evidence.study.primary.metric
    treated = evidence.contrast(primary, metric, TREATMENT)
    for cell in evidence.cells:
        if doubts(evidence, cell, ("real",)) or doubts(evidence, primary, (TREATMENT,)):
            continue
        alone = evidence.contrast(cell, metric, "real")
        if cell.classifier == primary.classifier or (cell.generator, cell.regime) != (
            primary.generator,
            primary.regime,
        ):
            continue
        if isinstance(alone, Contrast) and isinstance(treated, Contrast):
            ahead = alone.estimate.value - treated.estimate.value
            if ahead > 0.0:
                yield _warn(
                    "better-without",
                    f"{cell.classifier} on the real documents alone scores {ahead:.3f} more than {primary.classifier} "
                    "with the synthetic text: change the classifier before buying text.",
                )


def _searches(evidence: Evidence, judgements: dict[CellKey, Judgement]) -> Iterator[Warned]:
    """Warn of texts that help the primary classifier, and put real documents out of sight where they are indexed."""
    harmful = []
    for record in searched_indexes(evidence):
        own = judgements.get(replace(evidence.primary, generator=record.generator))
        helps = own is not None and own.outcome == "helps" and record.family is None and record.reading == "strict"
        if helps and record.high is not None and record.high < 0.0:
            harmful.append(f"{record.generator} (nDCG@10 {record.real:.3f} to {record.mixed:.3f})")
    if harmful:
        yield _warn(
            "harms-retrieval",
            f"Texts that help to classify harm a search in an index of real documents: {', '.join(harmful)}. Keep them "
            "out of any collection that is searched.",
        )


def _cheaper(evidence: Evidence) -> Iterator[Warned]:
    """Warn where the treatment does not beat what costs nothing (Holm over the cheap baselines)."""
    cell, metric = evidence.primary, evidence.study.primary.metric
    found = {name: evidence.contrast(cell, metric, TREATMENT, name) for name in CHEAP_BASELINES}
    known = {name: contrast.estimate for name, contrast in found.items() if isinstance(contrast, Contrast)}
    if not known:
        return
    adjusted = holm(np.array([estimate.p for estimate in known.values()]))
    beaten = [estimate.value > 0.0 and p < ALPHA for estimate, p in zip(known.values(), adjusted, strict=True)]
    level = [name for name, is_beaten in zip(known, beaten, strict=True) if not is_beaten]
    if level:
        yield _warn(
            "cheap-baseline-not-beaten",
            f"The synthetic text is not shown to beat {', '.join(level)}, which cost nothing.",
        )


def _parents(evidence: Evidence) -> Iterator[Warned]:
    below = [r for r in evidence.study.regimes if evidence.n_real.get(r, 0) < evidence.facts.n_train]
    for generator, volume in evidence.facts.volume.items():
        unknown = volume.kept - volume.n_parents_recorded
        if below and unknown:
            yield _warn(
                "generated-from-other-documents",
                f"{generator}: {unknown} of {volume.kept} documents name no known parent, so in regime {below[0]} they "
                "may have been written from documents outside the subset.",
            )


def _matching(evidence: Evidence) -> Iterator[Warned]:
    """Warn of copies that do not match, once for all classifiers: what is added is the same."""
    said: set[str] = set()
    for cell in evidence.cells:
        results = evidence.arm(cell, "replicated-matched").results.values()
        added = sum(int(result.facts["n_added"]) for result in results)
        unmatched = sum(int(result.facts["n_unmatched"]) for result in results)
        message = (
            f"{cell.generator}, regime {cell.regime}: no real document has the label set of "
            f"{unmatched / max(added, 1):.0%} of the synthetic documents, so replicated-matched copies the most "
            "similar one instead."
        )
        if added and unmatched / added > UNMATCHED and message not in said:
            said.add(message)
            yield _warn("unmatched-label-sets", message)


def _copies(evidence: Evidence) -> Iterator[Warned]:
    for record in evidence.fidelity:
        share = record["value"]
        if record["measure"] == "near-copies" and share is not None and share > COPIES:
            yield _warn(
                "near-copies-of-train",
                f"{record['generator']}: {share:.0%} of the synthetic documents are near-copies of training documents: "
                "they add volume, hardly text.",
            )


def _writing(evidence: Evidence) -> Iterator[Warned]:
    for record in evidence.writing:
        name, asked = record["generator"], record["n_asked"]
        unanswered = asked - record["n_answered"]
        if unanswered > UNANSWERED * asked:
            yield _warn(
                "texts-unanswered",
                f"{name}: {unanswered} of {asked} texts that were asked for never came; run the same command again to "
                "ask for those whose faults may pass.",
            )
        if record["n_kept"] < LOST * asked:
            yield _warn(
                "most-texts-lost",
                f"{name}: only {record['n_kept']} of {asked} texts are used; what is left may be of another kind than "
                "what was asked for.",
            )
        if len(record["served_models"]) > 1:
            yield _warn(
                "several-models",
                f"{name}: the server answered as {' and as '.join(record['served_models'])}: no longer one model.",
            )
