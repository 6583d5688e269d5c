"""Faults of content: they reject a real corpus, and drop and count rows of a synthetic one."""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from synthlift.corpus.faults import Faults
from synthlift.corpus.fields import is_blank
from synthlift.corpus.label_delimiters import likely_delimiter
from synthlift.corpus.refusals import is_refusal
from synthlift.corpus.rows import Row
from synthlift.corpus.spellings import Spellings
from synthlift.errors import show

__all__ = ["Content", "RealContent", "SyntheticContent"]

MAX_COMPARED_CHARS = 200
MAX_PLAIN_CELLS = 10_000
ADVICE = {
    "empty-text": "check --text-column",
    "missing-labels": "check --labels-column",
    "refusal": "generate them again, or remove them",
}


class Content(Protocol):
    """Judges rows one by one, then the whole."""

    def reason_to_drop(self, row: Row) -> str | None:
        """Return the reason code under which a row is dropped and counted, None to keep it."""

    def settle(self, n_kept: int, dropped: Mapping[str, int]) -> None:
        """Reject the file if what was kept and dropped makes it unusable."""


class RealContent:
    """Content of a real corpus: each fault is a rejection, but empty texts if they may be dropped."""

    def __init__(self, faults: Faults, *, drop_empty: bool, max_labels: int) -> None:
        self._faults = faults
        self._drop_empty = drop_empty
        self._max_labels = max_labels
        self._labels = Spellings()
        self._met: set[str] = set()
        self._plain: Counter[str] = Counter()

    def reason_to_drop(self, row: Row) -> str | None:
        """Note faults; return ``empty-text`` only where that is allowed."""
        if is_blank(row.text):
            if self._drop_empty:
                return "empty-text"
            self._faults.add(
                "empty-text", "no text, expected some: fill it, or give --drop-empty to leave such rows out"
            )
        if row.labels is None:
            self._faults.add("missing-labels", "no labels, expected a list: write [] where a document carries none")
            return None
        for label in row.labels:
            if label not in self._met:
                self._met.add(label)
                self._note(label)
        if row.plain_cell:
            self._plain.update(row.labels)
        return None

    def _note(self, label: str) -> None:
        first, met = self._labels.first(label, self._faults.row)
        if first != label:
            got = f"label {show(label)} here and {show(first)} in row {met} differ by case, Unicode form or blanks only"
            self._faults.add("ambiguous-label", f"{got}: write both the same way")
        if len(self._labels) > self._max_labels:
            _refuse_glued(self._plain, self._faults)
            advice = "check --labels-column, or take a coarser label set"
            self._faults.stop("too-many-labels", f"over {self._max_labels:,} distinct labels: {advice}")

    def settle(self, n_kept: int, dropped: Mapping[str, int]) -> None:
        """Reject a file without any document or label, or with glued labels."""
        self._faults.settle()
        if n_kept == 0:
            self._faults.stop("no-rows", f"all {sum(dropped.values()):,} rows have no text: check --text-column", row=0)
        _refuse_glued(self._plain, self._faults)
        if len(self._labels) == 0:
            self._faults.stop("no-labels", "no row carries a label, nothing to classify: check --labels-column", row=0)


class SyntheticContent:
    """Content of a synthetic file: faults drop the row, and more than half dropped rejects the file."""

    def __init__(self, faults: Faults, *, known_labels: Sequence[str]) -> None:
        self._faults = faults
        self._known = frozenset(known_labels)
        self._unknown: Counter[str] = Counter()
        self._plain: Counter[str] = Counter()

    def reason_to_drop(self, row: Row) -> str | None:
        """Return ``empty-text``, ``refusal``, ``missing-labels`` or ``unknown-label``, the first that applies."""
        if is_blank(row.text):
            return "empty-text"
        if is_refusal(row.text):
            return "refusal"
        if row.labels is None:
            return "missing-labels"
        if row.plain_cell and len(self._plain) < MAX_PLAIN_CELLS:
            self._plain.update(row.labels)
        unknown = [label for label in row.labels if label not in self._known]
        if len(self._unknown) < MAX_PLAIN_CELLS:
            self._unknown.update(unknown)
        return "unknown-label" if unknown else None

    def settle(self, n_kept: int, dropped: Mapping[str, int]) -> None:
        """Reject a file of which more than half cannot be used, saying why."""
        self._faults.settle()
        _refuse_glued(self._plain, self._faults, self._known)
        n_dropped = sum(dropped.values())
        if n_dropped > n_kept:
            counts = ", ".join(f"{reason} {n:,}" for reason, n in sorted(dropped.items(), key=lambda item: -item[1]))
            got = f"{n_dropped:,} of {n_dropped + n_kept:,} rows cannot be used ({counts}), expected at most half"
            self._faults.stop("mostly-unusable", f"{got}: {self._advice(dropped)}", row=0)

    def _advice(self, dropped: Mapping[str, int]) -> str:
        reason = max(dropped, key=lambda code: dropped[code])
        if reason in ADVICE:
            return ADVICE[reason]
        label, _ = self._unknown.most_common(1)[0]
        known = [name for name in self._known if len(name) <= MAX_COMPARED_CHARS]
        near = difflib.get_close_matches(label[:MAX_COMPARED_CHARS], sorted(known), n=1)
        hint = f" (nearest known label: {show(near[0])})" if near else ""
        return f"write labels as the real corpus does; it has no {show(label)}{hint}"


def _refuse_glued(cells: Mapping[str, int], faults: Faults, known: Collection[str] = ()) -> None:
    """Reject label cells that are several labels; cells that are `known` as labels are not in question."""
    likely = likely_delimiter(cells, known)
    if likely is not None:
        delimiter, example = likely
        got = f"label cells such as {show(example)} look like several labels"
        how = f"give --label-delimiter {delimiter!r}, or, where it is part of a name, write JSON lists"
        faults.stop("ambiguous-delimiter", f"{got}: {how} such as [{json.dumps(delimiter.join('ab'))}]", row=0)
