"""What the page asks about the texts, and how the numbers answer; nothing is computed but which of two is larger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthlift.report.display import percent, score
from synthlift.report.summary import Fidelity, Summary

__all__ = [
    "AGREEMENT",
    "QUESTIONS",
    "Question",
    "answer",
    "beside",
    "is_alarm",
    "missing",
    "notes",
    "records_of",
    "standings",
]


@dataclass(frozen=True, slots=True)
class Question:
    """One question, the measures that answer it, and the words of the answer.

    Attributes
    ----------
    key : str
        Names the chart.
    title, meaning : str
        The question, and in one sentence what is measured.
    measures : tuple of (str, str)
        Each measure, with what stands before the generator's name where there are several.
    judged : str
        The measure that the answer is about.
    more, no_more, denied : str
        What the text does that copies, and that does not; the latter after the former.
    axis, beside : str
        What the chart measures, and whose number stands beside it.
    about_test : bool
        Whether the documents that might be repeated are test ones.
    is_share : bool
        Whether it is shown as a percentage.
    is_less : bool
        Whether the alarm is a value below that of real text, not above it.
    representation : str or None
        The one that is asked about, where a measure is taken in several.
    """

    key: str
    title: str
    meaning: str
    measures: tuple[tuple[str, str], ...]
    judged: str
    more: str
    no_more: str
    axis: str
    beside: str = "unseen real text"
    denied: str = "does not"
    about_test: bool = False
    is_share: bool = True
    is_less: bool = False
    representation: str | None = None


QUESTIONS = (
    Question(
        "closest",
        "Is the nearest real document one that could have been copied?",
        "For each synthetic text the most similar document is sought among equally many training documents and real "
        "ones that no generator saw: this is how often it is a training document, about half the time without copying.",
        (("closest-train-share", ""),),
        "closest-train-share",
        "has a training document as its nearest more often than unseen real text does",
        "has a training document as its nearest no more often than unseen real text does",
        "share of texts that are nearest to a training document",
    ),
    Question(
        "alike",
        "How alike is the nearest training document?",
        "The similarity of the middle text (half are more alike, half less) to its most similar training document, and "
        "to its most similar document that no generator saw: 0 is no word in common, 1 the same words.",
        (("closest-train-median", "to training"), ("closest-held-out-median", "to unseen")),
        "closest-train-median",
        "is more like its nearest training document than unseen real text is",
        "is no more like its nearest training document than unseen real text is",
        "cosine similarity of the middle text",
        denied="is not",
        is_share=False,
    ),
    Question(
        "wording",
        "How much of the wording is taken from training documents?",
        "The share of the runs of five words in a text that stand, word for word, in some training document; real "
        "texts share some too, since every field has its fixed phrases.",
        (("containment-5", ""),),
        "containment-5",
        "repeats more of the wording of training documents than unseen real text does",
        "repeats no more of the wording of training documents than unseen real text does",
        "share of runs of five words",
    ),
    Question(
        "whole",
        "Are whole documents copied?",
        "The share of texts that are a training document but for case and punctuation (exact), and of those that have "
        "at least seven tenths of their short runs of words in common with one (near, the exact ones among them).",
        (("exact-copies", "exact"), ("near-copies", "near")),
        "near-copies",
        "holds more near-copies of training documents than unseen real text does",
        "holds no more near-copies of training documents than unseen real text does",
        "share of texts",
    ),
    Question(
        "contamination",
        "Does it hold pieces of the test documents?",
        "The share of texts with a run of thirteen words (eight in a short text) that a test document has too: such "
        "text would show the classifier a part of the test in advance.",
        (("test-contamination", ""),),
        "test-contamination",
        "shares long runs of words with test documents more often than the real training documents do",
        "shares long runs of words with test documents no more often than the real training documents do",
        "share of texts",
        beside="real training text",
        about_test=True,
    ),
)  # fmt: skip

AGREEMENT = Question(
    "agreement",
    "How far do classifiers agree with the labels that a text was written for?",
    "Classifiers that learned the labels from real documents alone, and saw neither a synthetic text nor the one that "
    "it was made from, say which labels they would give it: this is the F1 of their answer, from 0 (no label in "
    "common) to 1 (the same labels). They err on real documents too: the box is what they reach on unseen real ones.",
    (("label-agreement", ""),),
    "label-agreement",
    "reads less like its labels than real text does",
    "reads like its labels no less than real text does",
    "mean F1 of the labels given, against those intended",
    is_share=False,
    is_less=True,
)


def records_of(question: Question, summary: Summary) -> list[Fidelity]:
    """Return the records of a question: by measure, then as the Summary has the generators."""
    return [record for measure, _ in question.measures for record in _of(measure, question, summary)]


def _judged(question: Question, summary: Summary) -> list[Fidelity]:
    return _of(question.judged, question, summary)


def _of(measure: str, question: Question, summary: Summary) -> list[Fidelity]:
    """Return the records of a measure that are about all documents."""
    found = [record for record in summary.fidelity if record.measure == measure and record.label_set is None]
    wanted = question.representation
    return found if wanted is None else [record for record in found if record.representation == wanted]


def beside(question: Question, record: Fidelity) -> float | None:
    """Return the number of real text that a record is held against: where it varies, its end towards the alarm."""
    end = record.floor_low if question.is_less else record.floor_high
    return record.floor if end is None else end


def _standing(question: Question, record: Fidelity) -> str:
    """Tell how a record lies to its floor: ``more``, ``no more``, ``unclear``, ``alone`` (no floor) or ``missing``.

    Where less is the alarm, ``more`` is said of a value below.
    """
    if record.value is None:
        return "missing"
    held_against = beside(question, record)
    if held_against is None:
        return "alone"
    sign = -1.0 if question.is_less else 1.0
    nearest = record.high if question.is_less else record.low
    if nearest is not None and sign * nearest > sign * held_against:
        return "more"
    return "no more" if sign * record.value <= sign * held_against else "unclear"


def is_alarm(question: Question, record: Fidelity) -> bool:
    """Whether the whole interval lies beyond what the real text beside it has."""
    return _standing(question, record) == "more"


def answer(question: Question, summary: Summary) -> str:
    """Answer the question in one sentence of the numbers, for all generators."""
    found: dict[str, list[Fidelity]] = {}
    for record in _judged(question, summary):
        found.setdefault(_standing(question, record), []).append(record)
    parts = []
    if more := found.get("more"):
        parts.append(f"the text of {_who(question, more)} {question.more} ({_against(question, more)})")
    if calm := found.get("no more"):
        if more:
            parts.append(f"that of {_who(question, calm)} {question.denied} ({_largest(question, calm)})")
        else:
            parts.append(f"the text of {_who(question, calm)} {question.no_more} ({_against(question, calm)})")
    if unclear := found.get("unclear"):
        parts.append(f"for {_who(question, unclear)} this run cannot tell ({_against(question, unclear)})")
    if alone := found.get("alone"):
        figure = _largest(question, alone)
        parts.append(f"for {_who(question, alone)} it is {figure}, with no {question.beside} to compare with")
    if missing := found.get("missing"):
        parts.append(f"for {_who(question, missing)} there is no number")
    told = "; ".join(parts)
    return told[:1].upper() + told[1:]


def _who(question: Question, records: Sequence[Fidelity]) -> str:
    """Name up to three generators; of more, the number and the one with the most alarming value."""
    names = [record.generator for record in records]
    if len(names) > 3:
        return f"{len(names)} generators, most of all {_top(question, records).generator},"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _top(question: Question, records: Sequence[Fidelity]) -> Fidelity:
    """Return the most alarming record."""
    sign = -1.0 if question.is_less else 1.0
    return max(records, key=lambda record: sign * (record.value or 0.0))


def _largest(question: Question, records: Sequence[Fidelity]) -> str:
    shown = percent if question.is_share else score
    figures = {shown(record.value) for record in records}
    bound = "down to " if question.is_less else "up to "
    return f"{bound if len(figures) > 1 else ''}{shown(_top(question, records).value)}"


def _against(question: Question, records: Sequence[Fidelity]) -> str:
    shown = percent if question.is_share else score
    return f"{_largest(question, records)} against {shown(beside(question, _top(question, records)))}"


def standings(summary: Summary) -> list[tuple[str, str]]:
    """Sum up the generators: by how many measures they copy from training, and whether from the test.

    Each sentence comes once, after the names of the generators that it holds for.
    """
    names = dict.fromkeys(record.generator for question in QUESTIONS for record in _judged(question, summary))
    told: dict[str, list[str]] = {}
    for name in names:
        told.setdefault(_summed_up(name, summary), []).append(name)
    return [(", ".join(own), sentence) for sentence, own in told.items()]


def _summed_up(name: str, summary: Summary) -> str:
    known: dict[bool, list[str]] = {False: [], True: []}
    for question in QUESTIONS:
        own = [record for record in _judged(question, summary) if record.generator == name]
        told = [_standing(question, record) for record in own]
        known[question.about_test] += [standing for standing in told if standing not in _NO_ANSWER]
    train, test = known[False], known[True]
    n_more = train.count("more")
    if not train:
        copied = "there is nothing to compare its likeness to training documents with"
    elif n_more:
        copied = f"more like training documents than unseen real text is, by {n_more} of {len(train)} measures"
    else:
        copied = f"by none of {len(train)} measures clearly more like training documents than unseen real text is"
    return f"{copied}; {_TEST[test[0] if test else 'missing']}"


_NO_ANSWER = frozenset({"alone", "missing"})
_TEST = {
    "more": "it holds more pieces of test documents than real training text does",
    "no more": "it holds no more pieces of test documents than real training text does",
    "unclear": "whether it holds more pieces of test documents than real training text does cannot be told",
    "missing": "whether it holds pieces of test documents was not measured",
}


def missing(question: Question, summary: Summary) -> list[str]:
    """Return the reasons of records without a value, each once, after the generators that it holds for."""
    without = [record for record in records_of(question, summary) if record.value is None]
    reasons = dict.fromkeys(record.reason or "no reason recorded" for record in without)
    return [f"{_who(question, _once(without, reason))}: {reason}" for reason in reasons]


def _once(records: Sequence[Fidelity], reason: str) -> list[Fidelity]:
    own = [record for record in records if (record.reason or "no reason recorded") == reason]
    return list({record.generator: record for record in own}.values())


def notes(record: Fidelity, *, has_p: bool) -> str:
    """Return the reason of a record, without what it says of numbers that are not shown."""
    hidden = ("floor_low: ",) if has_p else ("floor_low: ", "p: ")
    return "; ".join(part for part in (record.reason or "").split("; ") if not part.startswith(hidden))
