"""What the page asks about the likeness of synthetic to real text, and the tables of it; nothing is computed."""

from __future__ import annotations

from synthlift.report.copying import AGREEMENT, Question
from synthlift.report.display import count, interval, p_value, percent, percents, score
from synthlift.report.fidelity_gain import MEASURE, REPRESENTATION
from synthlift.report.summary import Summary
from synthlift.report.tables import Table

__all__ = ["QUESTIONS", "by_label_table", "measures_table", "read_by_label_table"]

_ITSELF = "real text against real text"
QUESTIONS = (
    Question(
        "distance",
        "How far from real text is it as a whole?",
        "The squared maximum mean discrepancy between as many synthetic and real texts (which no generator saw): 0 for "
        "text of the same kind, near 1 for that of another domain, as recipes are. Subjects and wording count alike.",
        ((MEASURE, ""),),
        MEASURE,
        "is farther from unseen real text than real text is from itself",
        "is no farther from unseen real text than real text is from itself",
        "squared MMD",
        beside=_ITSELF,
        denied="is not",
        is_share=False,
        representation=REPRESENTATION,
    ),
    Question(
        "apart",
        "Could one tell which is which?",
        "A classifier that reads runs of characters (which none of the study's classifiers does) learns to tell "
        "synthetic from real texts; this is how often it is right about a pair that it has not seen, one of each: half "
        "of the time if they are alike, always if something gives them away.",
        (("two-sample-AUC", ""),),
        "two-sample-AUC",
        "can be told from real text better than real text from itself",
        "can be told from real text no better than real text from itself",
        "share of pairs that are told apart",
        beside=_ITSELF,
        denied="cannot",
        representation="LSA of characters",
    ),
    Question(
        "coverage",
        "How much of what is real does it cover?",
        "The share of real texts that have a synthetic one among their nearest neighbours: text on a few subjects, or "
        "always of one kind, leaves much uncovered.",
        (("coverage", ""),),
        "coverage",
        "covers less of the real texts than as many other real ones do",
        "covers no less of the real texts than as many other real ones do",
        "share of real texts",
        beside=_ITSELF,
        denied="does not",
        is_less=True,
        representation=REPRESENTATION,
    ),
    Question(
        "opening",
        "Do the texts begin alike?",
        "The share of texts whose first words are those that most of them begin with: a header, or a phrase that a "
        "model likes.",
        (("commonest-opening", ""),),
        "commonest-opening",
        "begins alike more often than real text does",
        "begins alike no more often than real text does",
        "share of texts",
        beside="real text",
    ),
    Question(
        "variety",
        "Do the texts repeat one another?",
        "Self-BLEU: how much of the wording of a text, in runs of up to four words, stands in the others, from 0 to 1.",
        (("self-BLEU", ""),),
        "self-BLEU",
        "repeats itself more than real text does",
        "repeats itself no more than real text does",
        "mean self-BLEU",
        beside="real text",
        is_share=False,
    ),
)  # fmt: skip


def measures_table(summary: Summary) -> Table:
    """List every measure of likeness that is about all documents of a generator."""
    header = (
        "Measure", "Representation", "Generator", "Value", "95 % interval", "p", "Real against real", "95 % of it",
        "Another domain", "Texts", "Note",
    )  # fmt: skip
    rows = (
        (
            r.measure, r.representation, r.generator, score(r.value), interval(r.low, r.high, signed=False),
            p_value(r.p), score(r.floor), interval(r.floor_low, r.floor_high, signed=False), score(r.ceiling),
            count(r.n), r.reason or "",
        )
        for r in summary.fidelity
        if r.label_set is None and r.floor_low is not None
    )  # fmt: skip
    return Table.of("Every measure of likeness", header, rows)


def read_by_label_table(summary: Summary) -> Table:
    """List in how many of the texts that are to carry a label it is read."""
    header = (
        "Label",
        "Generator",
        "Read in",
        "95 % interval",
        "Read in real ones",
        "Its 95 % interval",
        "Texts",
        "Note",
    )
    rows = (
        (
            r.label_set, r.generator, percent(r.value), percents(r.low, r.high), percent(r.floor),
            percents(r.floor_low, r.floor_high), count(r.n), "" if r.value is not None else r.reason or "",
        )
        for r in summary.fidelity
        if r.label_set is not None and r.measure == AGREEMENT.measures[0][0]
    )  # fmt: skip
    return Table.of("Label fit by label: texts in which a label of theirs is read", header, rows)


def by_label_table(summary: Summary) -> Table:
    """List how far the texts of a label are from real texts of that label."""
    header = ("Label", "Generator", "Squared MMD", "95 % interval", "p", "Real against real", "Texts", "Note")
    rows = (
        (
            r.label_set, r.generator, score(r.value), interval(r.low, r.high, signed=False), p_value(r.p),
            score(r.floor), count(r.n), r.reason or "",
        )
        for r in summary.fidelity
        if r.label_set is not None and r.measure == MEASURE
    )  # fmt: skip
    return Table.of("Likeness by label: texts that carry it, against real ones that do", header, rows)
