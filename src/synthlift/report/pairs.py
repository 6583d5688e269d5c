"""Synthetic texts beside the training texts that they are nearest to, read from a run folder for a reader to judge.

Whatever the file holds, the page is written: what cannot be read is told in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from synthlift.report.summary import Summary

__all__ = ["Line", "Pair", "Pairs", "in_order", "read_pairs", "side_by_side"]

PLACE = ("artefacts", "nearest_pairs.json")
MOST_BYTES = 20_000_000
MOST_PAIRS = 8
MOST_CHARACTERS = 600
RUN = 5
_WORD = re.compile(r"\w+")

# parts of a line of text, each with whether it stands in the other text too
Line = tuple[tuple[str, bool], ...]


class Pair(BaseModel):
    """A synthetic text and its nearest training text, each with its labels; similarity is their cosine."""

    model_config = ConfigDict(frozen=True, strict=True)

    synthetic_id: str
    real_id: str
    synthetic: str
    real: str
    similarity: FiniteFloat = Field(ge=0, le=1)
    synthetic_labels: list[str]
    real_labels: list[str]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of each generator, nearest first, or why there are none."""

    by_generator: dict[str, list[Pair]]
    reason: str | None = None


_FILE = TypeAdapter(dict[str, list[Pair]])


def read_pairs(out: Path) -> Pairs:
    """Read the pairs of a run folder; a file that is absent or cannot be read is a reason, never an error."""
    path = out.joinpath(*PLACE)
    place = "/".join(PLACE)
    try:
        if not path.is_file():
            return Pairs({}, f"the run folder has no {place}: run the audit again on it")
        if path.stat().st_size > MOST_BYTES:
            return Pairs({}, f"{place} is larger than an audit writes it: run the audit again")
        found = _FILE.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return Pairs({}, f"{place} cannot be read: run the audit again")
    return Pairs(found)


def in_order(pairs: Pairs, summary: Summary) -> list[tuple[str, list[Pair]]]:
    """Return generators with their nearest pairs, in the order of the Summary; those it does not name come last."""
    names = dict.fromkeys([*(record.generator for record in summary.volume), *sorted(pairs.by_generator)])
    found = ((name, pairs.by_generator.get(name, [])) for name in names)
    return [(name, sorted(own, key=lambda p: -p.similarity)[:MOST_PAIRS]) for name, own in found if own]


def side_by_side(pair: Pair) -> tuple[list[Line], list[Line]]:
    """Return the lines of both texts, in which runs of five words or more that stand in both are told apart."""
    texts = [_cut(text.replace("\r\n", "\n")) for text in (pair.synthetic, pair.real)]
    words = [[(found.start(), found.end()) for found in _WORD.finditer(text)] for text in texts]
    folded = [[text[a:b].casefold() for a, b in spans] for text, spans in zip(texts, words, strict=True)]
    common = set(_runs(folded[0])) & set(_runs(folded[1]))
    synthetic, real = (
        list(_lines(text, _stretches(spans, list(_runs(own)), common)))
        for text, spans, own in zip(texts, words, folded, strict=True)
    )
    return synthetic, real


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _runs(words: list[str]) -> Iterable[tuple[str, ...]]:
    """Give every run of five words, in order."""
    return (tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def _stretches(
    words: list[tuple[int, int]], runs: list[tuple[str, ...]], common: set[tuple[str, ...]]
) -> list[tuple[int, int]]:
    """Return where the text has words of a common run, as start and end in characters; what overlaps is one."""
    found: list[tuple[int, int]] = []
    for i, run in enumerate(runs):
        if run in common:
            start, end = words[i][0], words[i + RUN - 1][1]
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
    return found


def _lines(text: str, stretches: list[tuple[int, int]]) -> Iterable[Line]:
    """Cut a text into lines that are not blank, and these into parts inside and outside the stretches."""
    start = 0
    for line in text.split("\n"):  # and at no control character: those are spelled out
        if line.strip(" \t"):
            yield _parts(text, start, start + len(line), stretches)
        start += len(line) + 1


def _parts(text: str, start: int, end: int, stretches: list[tuple[int, int]]) -> Line:
    edges = {start, end, *(edge for stretch in stretches for edge in stretch if start < edge < end)}
    cuts = sorted(edges)
    return tuple(
        (text[a:b].replace("\t", " "), any(first <= a and b <= last for first, last in stretches))
        for a, b in pairwise(cuts)
    )
