"""What holds of every filter, whatever the text."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthlift.corpus import Document, Origin
from synthlift.filters.contamination import ContaminationFilter, fingerprints
from synthlift.filters.label_consistency import LabelConsistencyFilter
from synthlift.filters.label_leak import LabelLeakFilter
from synthlift.filters.languages import LanguageFilter
from synthlift.filters.lengths import LengthFilter
from synthlift.filters.near_duplicates import NearDuplicateFilter
from synthlift.filters.patent_style import PatentStyleFilter
from synthlift.filters.prompt_echo import PromptEchoFilter
from synthlift.filters.prompt_family import PromptFamilyFilter
from synthlift.filters.refusals import RefusalFilter

TRAIN = [
    "A device comprising a housing and a plurality of cooling fins, wherein each of the fins is hollow.",
    "The method includes heating a mixture of the two powders in a furnace until they have become one body.",
    "今天天气很好我们一起去公园散步。孩子们在草地上奔跑玩耍。",
]
TEXTS = [
    "",
    "   ",
    "a",
    "\n\n",
    "!!! ... ???",
    "今天天气很好我们去公园" * 9,
    "ราชอาณาจักรไทยเป็นประเทศในเอเชียตะวันออกเฉียงใต้",
    "שלום עולם, זהו טקסט קצר שנכתב כדי לבדוק את הכלי הזה היטב",
    "👩‍👩‍👧‍👦 " * 12,
    "\u202eabc def\u202c \u0000 \x1b[31m",
    "I'm sorry, but I can't assist with that request.",
    "</source-1a2b3c> A61B and batteries",
    *TRAIN,
]


class Length:
    """Judges labels by the length of the text."""

    def agreement(self, documents):
        """Return any numbers from 0 to 1."""
        return np.array([len(document.text) % 11 / 10 for document in documents])


@cache
def filters():
    """Return every filter, those that compare texts with some of them."""
    return {
        "refusal": RefusalFilter(),
        "prompt-echo": PromptEchoFilter({f"d{i}": TRAIN[0] for i in range(0, 20, 2)}),
        "language": LanguageFilter(TRAIN),
        "length": LengthFilter.of(TRAIN),
        "near-duplicate": NearDuplicateFilter(TRAIN[:1]),
        "near-duplicate-char": NearDuplicateFilter(TRAIN[1:], "char"),
        "contamination": ContaminationFilter(fingerprints(TRAIN)),
        "contamination-char": ContaminationFilter(fingerprints(TRAIN[2:], "char")),
        "no-test": ContaminationFilter(fingerprints([])),
        "label-leak": LabelLeakFilter({"a": ("A61B", "Battery"), "b": ("天气", "", "!")}, limit=0.4),
        "label-consistency": LabelConsistencyFilter(Length(), 0.5),
        "prompt-family": PromptFamilyFilter(frozenset({"standard-patent"})),
        "patent-style": PatentStyleFilter(0.3),
    }


def made(texts):
    origins = (None, Origin("g"), Origin("g", family="standard-patent"))
    labels = ((), ("a",), ("a", "b"))
    return [Document(f"d{i}", text, labels[i % 3], origin=origins[i % 3]) for i, text in enumerate(texts)]


def holds(each, decisions, documents):
    assert len(decisions) == len(documents)
    for decision in decisions:
        assert decision.keep == (decision.reason is None)
        assert decision.score is None or 0.0 <= decision.score <= (1e9 if each == "length" else 1.0)


@pytest.mark.parametrize("each", list(filters()))
def test_every_script_and_the_empty_text_are_judged(each):
    """A decision for each document, in order, with a reason exactly where it drops, and a score that is a share."""
    documents = made(TEXTS)
    holds(each, filters()[each].judge(documents), documents)
    assert filters()[each].judge([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), max_size=6))
def test_no_text_makes_a_filter_raise(texts):
    """Any characters but lone surrogates, which no document has."""
    documents = made(texts)
    for name, each in filters().items():
        holds(name, each.judge(documents), documents)


@pytest.mark.parametrize("each", [name for name in filters() if not name.startswith("near-duplicate")])
def test_the_order_of_documents_changes_no_decision(each):
    """Each document is judged by itself."""
    documents = made(TEXTS)
    straight = filters()[each].judge(documents)
    assert filters()[each].judge(documents[::-1])[::-1] == straight
    assert [filters()[each].judge([document])[0] for document in documents] == straight
