"""Only the chosen prompt families stay."""

from __future__ import annotations

from synthlift.corpus import Document, Origin
from synthlift.filters.contract import Decision
from synthlift.filters.prompt_family import PromptFamilyFilter


def test_other_and_unknown_families_are_dropped():
    """So is a document that nobody generated."""
    origins = [Origin("g", family="standard-patent"), Origin("g", family="news-item"), Origin("g"), None]
    documents = [Document(f"d{i}", "text", (), origin=origin) for i, origin in enumerate(origins)]
    told = PromptFamilyFilter(frozenset({"standard-patent", "patent-claim"})).judge(documents)
    assert told == [Decision(True, None, None)] + [Decision(False, "other-family", None)] * 3
