"""The words of the report: outcomes, conditions, parts of the gain, definitions and references.

Nothing here holds a result. What a study found is in the Summary; these are the words around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthlift.study.catalog import TREATMENT, VOLUME_CONTROLS

__all__ = [
    "BASELINE",
    "CEILING",
    "CONDITIONS",
    "DEFINITIONS",
    "FLOORS",
    "IN_DOUBT",
    "OUTCOMES",
    "PARTS",
    "REFERENCES",
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
    "real-last": "every pass over the documents ends with the real ones",
    "synthetic-last": "every pass over the documents ends with the synthetic ones",
    "ensemble": "two models, one of the real documents and one of the synthetic ones, whose answers are averaged",
    "filtered": "only synthetic texts that read like their labels to classifiers of the real ones, copied up to the "
    "same number",
    "weighted-0.1": "a synthetic document counts a tenth of a real one",
    "weighted-0.3": "a synthetic document counts three tenths of a real one",
    "weighted-0.5": "a synthetic document counts half of a real one",
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
}

DEFINITIONS = (
    ("Condition", "The recipe of one training set. All conditions are tested on the same held-out real documents."),
    ("Treatment", "The condition under test: the real documents with the synthetic ones added."),
    (
        "Control",
        (
            "A condition that gets the same volume, training or label balance without any new text. A gain that a "
            "control gets too is not owed to the synthetic text."
        ),
    ),
    (
        "Replicate",
        (
            "One full repetition with other random choices (which real documents, which seeds). All conditions of a "
            "replicate share these choices, so they are compared like with like."
        ),
    ),
    ("Cell", "One combination of generator, classifier and regime."),
    ("Regime", "How many real documents the classifier was given."),
    (
        "Interval",
        (
            "The range of values that the data leave plausible. Were the study repeated with new test documents and "
            "new runs, about 95 in 100 such ranges would hold the true value. It allows both for the test documents "
            "and for the replicates, which cross: every replicate answers the same test."
        ),
    ),
    ("Smallest gain worth having (delta)", "Chosen by you before the run. Gains below it count as none."),
    (
        "Minimum detectable effect",
        (
            "The smallest true difference that a study of this size would find in most repetitions (the power says in "
            "how many). An effect below it can exist and still be missed."
        ),
    ),
    (
        "Could have found",
        (
            "The minimum detectable effect of one comparison alone. To help, a text must beat several controls at "
            "once, so the one for a verdict is larger."
        ),
    ),
    (
        "p and q",
        (
            "p: how often a difference this large would appear were there none. q: the same, corrected for the number "
            "of comparisons made: between training sets by Holm, between labels by Benjamini and Hochberg."
        ),
    ),
    (
        "F1",
        (
            "The balance of precision and recall, from 0 to 1. micro: over all decisions; macro: labels count alike; "
            "sample: documents count alike."
        ),
    ),
    (
        "mAP, LRAP, Brier",
        (
            "Scores that need no cut-off. mAP: do the right documents come first for each label? LRAP: do the right "
            "labels come first for each document? Brier: how far the probabilities lie from yes and no, less is better."
        ),
    ),
    ("empty-share", "The share of test documents that were given no label at all."),
    (
        "Cut-off",
        (
            "The probability from which a label is given. tuned: one for all labels; per-label: one each; both are "
            "chosen on training documents. fixed: 0.5."
        ),
    ),
    ("Pooled gain", "The gain of one label after shrinkage: drawn towards the average of all labels, against luck."),
    (
        "Winner\N{RIGHT SINGLE QUOTATION MARK}s curse",
        (
            "The best of several on a test is partly the luckiest, so its result there is too good. The mean over all "
            "of them is not."
        ),
    ),
    ("Planted truth", "In a simulation: the gain on very many fresh documents, known but for a remainder of chance."),
    ("Floor", "The score of a rule that learns nothing, or next to nothing. A useful classifier lies above it."),
    (
        "Unseen real text",
        "Real documents that no generator saw. What they share with the training documents is no copying.",
    ),
    ("Effective", "Documents that are not near-copies of one another."),
)

REFERENCES = (
    (
        "Splitting documents with several labels",
        "Sechidis, Tsoumakas, Vlahavas (2011). On the stratification of multi-label data. ECML PKDD.",
    ),
    ("Focal loss", "Lin, Goyal, Girshick, He, Dollár (2017). Focal loss for dense object detection. ICCV."),
    (
        "Comparing correlations",
        "Zou (2007). Toward using confidence intervals to compare correlations. Psychological Methods 12(4).",
    ),
    (
        "Beating every control",
        "Berger (1982). Multiparameter hypothesis testing and acceptance sampling. Technometrics 24(4).",
    ),
    (
        "Replicates crossed with test documents",
        "Owen (2007). The pigeonhole bootstrap. Annals of Applied Statistics 1(2).",
    ),
    (
        "Several comparisons",
        (
            "Holm (1979). A simple sequentially rejective multiple test procedure. Scandinavian "
            "Journal of Statistics 6(2)."
        ),
    ),
    (
        "Several labels",
        (
            "Benjamini, Hochberg (1995). Controlling the false discovery rate. Journal of the Royal Statistical "
            "Society B 57(1)."
        ),
    ),
    (
        "Shrinkage",
        "Efron, Morris (1975). Data analysis using Stein's estimator and its generalizations. JASA 70.",
    ),
    (
        "Repeating documents with rare labels",
        "Charte, Rivera, del Jesus, Herrera (2015). Addressing imbalance in multilabel classification. Neurocomputing.",
    ),
    (
        "Overlapping training sets",
        "Nadeau, Bengio (2003). Inference for the generalization error. Machine Learning 52(3).",
    ),
    (
        "Swapping the answers of two models",
        "Noreen (1989). Computer-Intensive Methods for Testing Hypotheses. Wiley.",
    ),
    (
        "Copying",
        "Meehan, Chaudhuri, Dasgupta (2020). A non-parametric test to detect data-copying. AISTATS.",
    ),
    ("Repeated data", "Muennighoff et al. (2023). Scaling data-constrained language models. NeurIPS."),
)
