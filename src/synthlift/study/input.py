"""What a study reads: which files, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from synthlift.corpus.columns import Columns
from synthlift.corpus.shingles import Analyzer

__all__ = ["Input"]


@dataclass(frozen=True)
class Input:
    """Which files, and how to read them.

    Attributes
    ----------
    real : Path
    synthetic : Path or None
        None where the study writes them itself.
    test : Path or None
        A file of test documents beside `real`.
    columns : Columns
    where, real_where : mapping of str to sequence of str
        Filters of `synthetic` and `real`.
    split_values : mapping of str to str, or None
        From value of the split column to role.
    by : str or None
        Column of `synthetic` whose values are generators; several are joined by commas.
    drop_empty : bool
    analyzer : {"word", "char"}
        What texts are cut into: `char` for scripts that put no blank between words.
    descriptions : Path, mapping of str to str, or None
        What labels mean, as `read_descriptions` takes it: their words are looked for in texts.
    """

    real: Path
    synthetic: Path | None
    test: Path | None = None
    columns: Columns = field(default_factory=Columns)
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    real_where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    split_values: Mapping[str, str] | None = None
    by: str | None = None
    drop_empty: bool = False
    analyzer: Analyzer = "word"
    descriptions: Path | Mapping[str, str] | None = None
