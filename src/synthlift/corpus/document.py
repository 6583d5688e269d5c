"""The one thing that moves through the house: a labelled text and where it came from."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Document", "Origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote a synthetic document.

    Attributes
    ----------
    generator : str
        The name that its results are listed under.
    parents : tuple of str
        Ids of the real documents it was written from, in the file's order; empty where none is recorded.
    request : str or None
        Key of the request that it answers, where this tool asked for it.
    family : str or None
        Prompt family, such as ``standard-patent``.
    """

    generator: str
    parents: tuple[str, ...] = ()
    request: str | None = None
    family: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its labels.

    Attributes
    ----------
    id : str
        Unique in its corpus, byte for byte as in the file.
    text : str
        Never empty after stripping.
    labels : tuple of str
        Distinct, sorted; empty means "carries none of the labels", which is a valid answer.
    group : str or None
        The family that must not straddle a split, where the file names one.
    origin : Origin or None
        None for a real document.
    """

    id: str
    text: str
    labels: tuple[str, ...]
    group: str | None = None
    origin: Origin | None = None

    @property
    def is_real(self) -> bool:
        """Whether a person wrote it."""
        return self.origin is None
