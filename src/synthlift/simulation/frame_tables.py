"""Frames laid out as arrays, so that the slots of a whole block of documents are filled at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.simulation.grammar import REFERENTS, Frame, Grammar
from synthlift.simulation.phrasebook import Phrasebook
from synthlift.simulation.tables import lookup_table

__all__ = ["FRAME_CHOICES", "FrameTables", "referent_kinds", "tabulate"]

FRAME_CHOICES = 1024


@dataclass(frozen=True)
class FrameTables:
    """All wordings of all frames, numbered.

    Attributes
    ----------
    patterns : tuple of str
        With one ``%s`` a slot.
    forms : tuple of tuples of lists of str
        For each slot of a pattern, all phrases in the form that it asks for.
    kinds, referents : int16 ``(n_frames, n_slots)``
        What each slot is drawn from, and the referent that it repeats (-1: none; padded slots too).
    is_used : bool ``(n_frames, n_slots)``
        Which slots are not padding.
    choices : int16 ``(n_functions, FRAME_CHOICES)``
        Frames of each function: its sentences equally often, then the wordings of each.
    functions : dict of str to int
        First axis of `choices`.
    """

    patterns: tuple[str, ...]
    forms: tuple[tuple[list[str], ...], ...]
    kinds: NDArray[np.int16]
    referents: NDArray[np.int16]
    is_used: NDArray[np.bool_]
    choices: NDArray[np.int16]
    functions: dict[str, int]


def _choices(sentences: Sequence[Sequence[Frame]], first: int) -> NDArray[np.int16]:
    most = max(len(wordings) for wordings in sentences)
    weights = [most * FRAME_CHOICES // len(wordings) for wordings in sentences for _ in wordings]
    return (first + lookup_table(weights, FRAME_CHOICES)).astype(np.int16)


def tabulate(grammar: Grammar, phrasebook: Phrasebook, functions: Sequence[str]) -> FrameTables:
    """Give the frames of some functions of a grammar their numbers, and resolve their slots in a phrasebook."""
    frames: list[Frame] = []
    choices = []
    for sentences in map(grammar.frames.__getitem__, functions):
        choices.append(_choices(sentences, len(frames)))
        frames += [frame for wordings in sentences for frame in wordings]
    n_slots = max(len(frame.slots) for frame in frames)
    kinds = np.zeros((len(frames), n_slots), dtype=np.int16)
    referents = np.full((len(frames), n_slots), -1, dtype=np.int16)
    is_used = np.zeros((len(frames), n_slots), dtype=bool)
    for row, frame in enumerate(frames):
        for column, slot in enumerate(frame.slots):
            kinds[row, column] = phrasebook.kinds[slot.kind]
            referents[row, column] = slot.referent
            is_used[row, column] = True
    forms = tuple(tuple(phrasebook.form(s.form, begins=s.begins) for s in frame.slots) for frame in frames)
    patterns = tuple(frame.pattern for frame in frames)
    places = {name: index for index, name in enumerate(functions)}
    return FrameTables(patterns, forms, kinds, referents, is_used, np.stack(choices), places)


def referent_kinds(phrasebook: Phrasebook) -> NDArray[np.int16]:
    """Return the kind of each referent, int16 ``(n_referents,)``."""
    return np.array([phrasebook.kinds[kind] for kind in REFERENTS.values()], dtype=np.int16)
