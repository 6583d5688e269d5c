"""Short names of generators, where there is no room for whole ones: what tells them apart, and no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from synthlift.corpus.rows import BETWEEN

__all__ = ["short_names"]

_WORDS = re.compile(r"[^-_\s]+")


def short_names(names: Sequence[str]) -> Mapping[str, str]:
    """Return a short name for each different one.

    Of names of several columns (as `--by generator,mode` makes them) each column is shortened by itself, and those that
    are the same in all are left out. Who published a model goes first, then the last words, while all stay different.

    >>> names = ("org/Big-7B / rewrite / zero_shot", "org/Big-7B / full_text / zero_shot", "lab/Tiny-1B / rewrite / no")
    >>> list(short_names(names).values())
    ['Big / rewrite / zero', 'Big / full / zero', 'Tiny / rewrite / no']
    >>> short_names(("gpt-4o", "gpt-4o-mini"))
    {'gpt-4o': 'gpt-4o', 'gpt-4o-mini': 'gpt-4o-mini'}
    """
    whole = list(dict.fromkeys(names))
    columns = list(zip(*(name.split(BETWEEN) for name in whole), strict=False))
    if any(name.count(BETWEEN) != len(columns) - 1 for name in whole):
        columns = [tuple(whole)]  # not all are of the same columns
    told = [column for column in columns if len(set(column)) > 1] or columns[:1]
    shortened = [_shortened(column) for column in told]
    return dict(zip(whole, (BETWEEN.join(parts) for parts in zip(*shortened, strict=True)), strict=True))


def _shortened(column: Sequence[str]) -> list[str]:
    n_different = len(set(column))
    bare = [value.rpartition("/")[2] or value for value in column]
    values = bare if len(set(bare)) == n_different else list(column)
    ends = [[found.end() for found in _WORDS.finditer(value)] or [len(value)] for value in values]
    for n_words in range(1, max(map(len, ends)) + 1):
        cut = [value[: end[min(n_words, len(end)) - 1]] for value, end in zip(values, ends, strict=True)]
        if len(set(cut)) == n_different:
            return cut
    return values
