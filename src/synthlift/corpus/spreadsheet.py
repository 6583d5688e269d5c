"""Write a CSV that a spreadsheet can open without running what is in it."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["spreadsheet_csv"]

_FORMULA = frozenset("=+-@\t\r")


def spreadsheet_csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> bytes:
    r"""Return UTF-8 CSV; text that a spreadsheet would take for a formula is led by an apostrophe.

    Examples
    --------
    >>> spreadsheet_csv(["id"], [["=1+1"], ["plain"]])
    b"id\r\n'=1+1\r\nplain\r\n"
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode()


def _inert(cell: str) -> str:
    # full-width forms are folded by some spreadsheets before they look
    lead = unicodedata.normalize("NFKC", cell[:1])
    return f"'{cell}" if lead and lead[0] in _FORMULA else cell
