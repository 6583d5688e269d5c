"""What a reader may look up: the terms of the report, and where its methods come from."""

from __future__ import annotations

__all__ = ["DEFINITIONS", "REFERENCES"]

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
    (
        "nDCG@10",
        (
            "How well the first ten places of a search are filled, from 0 to 1: each real document counts for the "
            "labels it shares with the query, the first places count more, and 1 is the best order there is. A search "
            "for documents like the query, by their words; the query itself is no answer."
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
    (
        "Keyword",
        (
            "A word of a label\N{RIGHT SINGLE QUOTATION MARK}s name or description that tells it from other labels, in "
            'any of its forms: "printers" and "printed" for the label "Printing".'
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
    (
        "Ranking by degrees of relevance",
        "Järvelin, Kekäläinen (2002). Cumulated gain-based evaluation of IR techniques. ACM TOIS 20(4).",
    ),
    ("Repeated data", "Muennighoff et al. (2023). Scaling data-constrained language models. NeurIPS."),
)
