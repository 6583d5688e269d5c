"""The words of the report: outcomes, conditions, parts of the gain, checks, and why things are done so.

Nothing here holds a result. What a study found is in the Summary; these are the words around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS

__all__ = [
    "BASELINE",
    "CEILING",
    "CONDITIONS",
    "FLOORS",
    "IN_DOUBT",
    "OUTCOMES",
    "PARTS",
    "ROLES",
    "SHRINKAGE_WHY",
    "SYMPTOMS",
    "THRESHOLDS_WHY",
    "TREATMENT",
    "WINNERS_CURSE",
    "Outcome",
    "Part",
    "condition_role",
]

BASELINE, CEILING = "real", "real+real"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an outcome is shown: a symbol and a word (colour is never alone), and what it means."""

    symbol: str
    word: str
    meaning: str


OUTCOMES = {
    "helps": Outcome(
        "▲",
        "Helps",
        "With the synthetic text the classifier does better than with the real documents alone, and better than with "
        "every control that adds the same volume without new text.",
    ),
    "only-volume": Outcome(
        "=",
        "Only volume",
        "The synthetic text raises the score, but copies of the real documents raise it about as much: "
        "the volume helps, the text does not.",
    ),
    "no-effect": Outcome(
        "○", "No effect", "Whatever the synthetic text changes is smaller than the smallest gain worth having."
    ),
    "harms": Outcome("▼", "Harms", "With the synthetic text the classifier does worse than with the real documents."),
    "cannot-tell": Outcome(
        "?",
        "Cannot tell",
        "The interval is too wide, or a control is missing or in doubt: this run neither shows a gain nor rules one "
        "out.",
    ),
}

CONDITIONS = {
    "real": "the real documents alone",
    "real+steps": "the real documents, trained for as many steps as with synthetic text",
    "replicated": "copies of the real documents, spread evenly, up to the same size",
    "replicated-drawn": "real documents drawn with replacement, up to the same size",
    "replicated-matched": "the real documents and, for each synthetic one, a copy of its parent or of its label set",
    "token-matched": "copies of the real documents, up to the same number of words",
    "class-weight": "the real documents, rare labels weighted up",
    "focal": "the real documents, with a loss that dwells on hard cases",
    "ros": "the real documents, those with rare label sets repeated",
    "ml-ros": "the real documents, those with rare labels repeated",
    "mlsmote": "the real documents and points between their neighbours",
    "real+eda": "the real documents and edited copies (words swapped, dropped, inserted; sentences in another order)",
    "real+ngram": "the real documents and texts of a simple n-gram model",
    "placebo": "the real documents and the synthetic texts with their labels shuffled",
    "synthetic": "the synthetic documents alone",
    "real+synthetic": "the real documents and the synthetic ones",
    "real+real": "the real documents and as many further real ones",
    "shuffled": "the treatment: real and synthetic documents in random order, each weighing the same",
    "real-last": "trained on the synthetic documents first, then on the real ones",
    "synthetic-last": "trained on the real documents first, then on the synthetic ones",
    "ensemble": "two models, one of the real documents and one of the synthetic ones, whose answers are averaged",
    "filtered": "only synthetic texts that read like their labels to classifiers of the real ones, copied up to the "
    "same number",
    "weighted-0.1": "a synthetic document counts a tenth of a real one",
    "weighted-0.3": "a synthetic document counts three tenths of a real one",
    "weighted-0.5": "a synthetic document counts half of a real one",
    "masked": "the real documents and the synthetic ones, whose texts have lost every word that names a label",
}

ROLES = {
    "baseline": "starting point",
    "treatment": "treatment",
    "control": "volume control",
    "alternative": "cheaper alternative",
    "volume": "volume, not in the verdict",
    "reference": "reference",
}
_REFERENCE_CONDITIONS = frozenset({"placebo", "synthetic", CEILING})
_VOLUME_AS_PUBLISHED = frozenset({"replicated-drawn", "token-matched"})  # volume too, but never in the verdict


def condition_role(condition: str, controls: list[str]) -> str:
    """Tell what a condition is in the comparison, as a key of `ROLES`; `controls` are the verdict's."""
    if condition == TREATMENT:
        return "treatment"
    if condition == BASELINE:
        return "baseline"
    if condition in _REFERENCE_CONDITIONS:
        return "reference"
    if condition in controls or condition in VOLUME_CONTROLS:
        return "control"
    return "volume" if condition in _VOLUME_AS_PUBLISHED else "alternative"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the gain: its field in `Ladder`, its name, its meaning, and the contrast that measures it."""

    field: str
    name: str
    meaning: str
    contrast: str


PARTS = (
    Part("steps", "More training", "the same documents, trained for longer", "real+steps - real"),
    Part("resampling", "Volume", "copies of the same documents in place of new ones", "replicated - real+steps"),
    Part("label_mix", "Label mix", "another balance of labels, without new words", "replicated-matched - replicated"),
    Part("text", "New text", "what only the synthetic wording adds", "real+synthetic - replicated-matched"),
    Part("content", "Label mix and new text", "what copies alone do not give", "real+synthetic - replicated"),
    Part("total", "Total gain", "with synthetic text, over real documents alone", "real+synthetic - real"),
    Part("ceiling", "Ceiling", "as many further real documents, over copies", "real+real - replicated"),
)

THRESHOLDS_WHY = (
    "A classifier gives each label a probability; a cut-off turns it into yes or no. The usual 0.5 punishes models "
    "trained on little data, whose probabilities are all small, so a gain at 0.5 may only be better calibration. "
    "The verdict therefore uses a cut-off tuned on the training documents, in the same way for every condition."
)

SHRINKAGE_WHY = (
    "A label with few test documents gains or loses much by luck alone, and among many labels some always do. So the "
    "gain of each label is drawn towards the average of all labels, the further the less its own documents say: this "
    "is called shrinkage. The faint ring is the gain as it was measured; the filled mark, with its interval, is what "
    "to expect of the label on new documents."
)

WINNERS_CURSE = (
    "The best of several generators owes part of its lead to luck with these test documents, so its gain here flatters "
    "it (the winner\N{RIGHT SINGLE QUOTATION MARK}s curse): choose by documents kept apart for choosing, then test the "
    "chosen one once."
)

IN_DOUBT = "in doubt"
SYMPTOMS = {
    "not-finite": "steps that were not finite, and were skipped",
    "flat-loss": "a loss that hardly fell",
    "all-empty": "no document was given a label",
    "constant": "all documents were given the same labels",
}

FLOORS = {
    "predict-all": "says yes to every label of every document",
    "commonest-label-set": "gives every document the label set that is commonest in training",
    "kNN": "copies labels from the real training documents with the most similar words",
    "keywords": "gives a document the labels that have a word of their name in it",
}
