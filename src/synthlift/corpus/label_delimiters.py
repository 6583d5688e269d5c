"""Whether plain label cells are several labels glued by a delimiter that nobody named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

__all__ = ["likely_delimiter"]

CANDIDATES = (";", "|", ",")
MIN_ROWS = 3


def likely_delimiter(cells: Mapping[str, int], known: Collection[str] = ()) -> tuple[str, str] | None:
    """Find the delimiter that explains most of the cells that contain it, and one such cell.

    A cell is explained when each of its pieces is a label elsewhere: as a whole cell, or, for pieces without blanks,
    as a piece of another cell. "Arts, Culture" beside "Sports" is therefore one label, "a;b" beside "a" and "b" is two.

    Parameters
    ----------
    cells : mapping of str to int
        Rows of each distinct plain cell.
    known : collection of str
        Labels known from elsewhere; such a cell is not in question.

    Returns
    -------
    tuple of (delimiter, example cell), or None

    Examples
    --------
    >>> likely_delimiter({"a;b": 3, "a": 5, "b": 2}), likely_delimiter({"Arts, Culture": 9, "Sports": 9})
    ((';', 'a;b'), None)
    """
    labels = cells.keys() | set(known)
    for delimiter in CANDIDATES:
        pieces_of = {
            cell: [piece.strip() for piece in cell.split(delimiter) if piece.strip()]
            for cell in cells
            if delimiter in cell and cell not in known
        }
        carriers = Counter(piece for pieces in pieces_of.values() for piece in set(pieces))

        def recurs(piece: str, carriers: Mapping[str, int] = carriers) -> bool:
            return piece in labels or (carriers[piece] > 1 and not any(character.isspace() for character in piece))

        explained = [cell for cell, pieces in pieces_of.items() if len(pieces) > 1 and all(map(recurs, pieces))]
        n_explained = sum(cells[cell] for cell in explained)
        if n_explained >= MIN_ROWS and 2 * n_explained >= sum(cells[cell] for cell in pieces_of):
            return delimiter, explained[0]
    return None
