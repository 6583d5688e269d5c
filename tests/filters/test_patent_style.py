"""Patent style is measured by surface cues."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from synthlift.filters.contract import Decision
from synthlift.filters.patent_style import PatentStyleFilter, patent_style

# 25 words in one sentence, two terms: 8 in 100
PATENT = (
    "A lamp comprising a base and an arm that carries a shade of glass, wherein the arm bends near its middle "
    "and holds its place."
)


def test_terms_at_their_most_and_long_sentences_make_a_whole_score():
    """8 terms in 100 words and 25 words a sentence."""
    assert len(PATENT.split()) == 25
    assert patent_style(PATENT) == 1.0


@pytest.mark.parametrize(
    ("text", "score"),
    [
        (PATENT[:-1], 0.5),  # breaks off
        (f"**Abstract**\n{PATENT}", 0.0),
        (f"Abstract: {PATENT}", 0.0),
        (f"- {PATENT}\n- {PATENT}", 0.0),
        (f"# A lamp\n{PATENT}", 0.0),
        (PATENT.replace("the arm", "our arm"), 0.0),  # 4 persons in 100 words
        (PATENT.replace("glass", "seamless glass"), 0.0),
        (PATENT.replace("comprising", "with").replace("wherein", "and"), 1 / 3),
        ("I think it is fine.", 0.0),
        ("", 0.0),
    ],
)
def test_each_cue_takes_its_part(text, score):
    """Markup, persons and advertising take all of a text this short; without terms a third is left for the sentence."""
    assert patent_style(text) == pytest.approx(score, abs=0.01)


def test_a_formulas_number_and_a_country_are_no_persons():
    """Formula I and US glass: the score of two terms in 29 words, and nothing off."""
    with_numbers = PATENT.replace("shade of glass", "shade of formula I and US glass")
    assert patent_style(with_numbers) == pytest.approx((2 * 200 / 29 / 8 + 1) / 3)


def test_it_drops_only_where_a_minimum_is_given(documents):
    """The minimum itself stays."""
    texts = documents([PATENT, PATENT[:-1]])
    assert PatentStyleFilter().judge(texts) == [Decision(True, None, 1.0), Decision(True, None, 0.5)]
    assert [each.keep for each in PatentStyleFilter(0.5).judge(texts)] == [True, True]
    assert PatentStyleFilter(0.6).judge(texts)[1] == Decision(False, "not-patent-style", 0.5)


@pytest.mark.data
def test_real_patents_are_told_from_other_registers_and_from_texts_that_break_off(rows):
    """Area under the curve: 0.99 against biomedical abstracts and against arguments, 0.95 against GPT-2's."""
    patents = rows("uspto64/real.jsonl") + rows("a61b_llm/real.jsonl")

    def auc(others):
        scores = [patent_style(row["text"]) for row in patents + others]
        return roc_auc_score(np.arange(len(scores)) < len(patents), scores)

    assert auc(rows("hallmarks/data.jsonl")) > 0.98
    assert auc(rows("valueeval_t5/real.jsonl")) > 0.98
    assert auc(rows("a61b_llm/synthetic.jsonl", lambda row: row["generator"] == "GPT-2")) > 0.93
