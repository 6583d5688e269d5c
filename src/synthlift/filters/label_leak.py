"""Measures whether a text names its own labels: a classifier that learns a label's name learns nothing about texts.

Codes are looked for as they are, names in singular and plural (by English rules). In scripts without capitals, such as
Chinese, Thai or Arabic, a name may stand within a run of letters, since particles or no blanks at all surround it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from synthlift.corpus import Document
from synthlift.corpus.shingles import normalised
from synthlift.filters.contract import Decision

__all__ = ["LabelLeakFilter"]

_CODE = re.compile(r"[A-Z]{1,3}\d+[A-Z]*(?:[ .]?\d+(?:/\d+)?)?")


@dataclass(frozen=True)
class LabelLeakFilter:
    """Drop ``label-named``: a text with the code of one of its labels, and one that names too many of them.

    Attributes
    ----------
    names : mapping of str to sequence of str
        What each label may be called in a text, such as its code and its title. A label that is not in it is never
        named.
    limit : float or None
        The highest share of its labels that a text may name; None for any: only codes drop.
    """

    names: Mapping[str, Sequence[str]] = field(repr=False)
    limit: float | None = None

    def judge(self, documents: Sequence[Document]) -> list[Decision]:
        """Return one decision per document; the score is the share of its labels that it names, None without labels."""
        return [self._judge(document) for document in documents]

    def _judge(self, document: Document) -> Decision:
        if not document.labels:
            return Decision(keep=True, reason=None, score=None)
        text = normalised(document.text)
        of_codes, of_names = self._patterns
        coded = [label in of_codes and of_codes[label].search(text) is not None for label in document.labels]
        named = [label in of_names and of_names[label].search(text) is not None for label in document.labels]
        score = sum(map(max, coded, named)) / len(document.labels)
        dropped = any(coded) or (self.limit is not None and score > self.limit)
        return Decision(not dropped, "label-named" if dropped else None, score)

    @cached_property
    def _patterns(self) -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
        """Compile what finds the codes of each label in normalised text, and what finds its names."""
        of_codes, of_names = {}, {}
        for label, names in self.names.items():
            codes = [_code(name) for name in names if _CODE.fullmatch(name.strip())]
            others = [_name(name) for name in names if name.strip() and not _CODE.fullmatch(name.strip())]
            if codes:
                of_codes[label] = re.compile("|".join(codes))
            if others:
                of_names[label] = re.compile("|".join(others))
        return of_codes, of_names


def _code(name: str) -> str:
    """Return the pattern of a code; one that ends in a letter may go on with digits, as A61B5/02 is within A61B."""
    code = normalised(name)
    further = r"\d*" if code[-1].isalpha() else ""
    return rf"\b{re.escape(code)}{further}\b"


def _name(name: str) -> str:
    """Return the pattern of a name.

    >>> re.findall(_name("Battery"), "battery batteries batteryless"), re.findall(_name("devices"), "a device")
    (['battery', 'batteries'], ['device'])
    """
    plain = normalised(name)
    if plain.upper() == plain.lower() and any(c.isalpha() for c in plain):
        return re.escape(plain)
    singular = plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain
    forms = {plain, singular, f"{singular}s", f"{singular}es"}
    if singular.endswith("y"):
        forms.add(f"{singular[:-1]}ies")
    return rf"(?<!\w)(?:{'|'.join(re.escape(form) for form in sorted(forms))})(?!\w)"
