"""What a text is cut into where documents are compared by their terms: words, or runs of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from synthlift.corpus.shingles import Analyzer

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import CountVectorizer

__all__ = ["term_counter"]

_WORD = r"(?u)\w+"


def term_counter(analyzer: Analyzer = "word", longest: int = 2) -> CountVectorizer:
    """Return a counter of runs of 1 to `longest` words; with `char`, of 2 to 5 characters within what blanks enclose.

    Words of one letter count, unlike in the vectorizer's default: nearness is judged by all of a text.

    Examples
    --------
    >>> term_counter().build_analyzer()("a red fox")
    ['a', 'red', 'fox', 'a red', 'red fox']
    """
    from sklearn.feature_extraction.text import CountVectorizer

    if analyzer == "char":
        return CountVectorizer(analyzer="char_wb", ngram_range=(2, 5))
    return CountVectorizer(ngram_range=(1, longest), token_pattern=_WORD)
