"""Writes documents from random bits: topics and phrases for a whole block at once, then one join a document.

A document is a row of bits, and each sentence owns its part of the row: whoever copies a row and redraws a few bits
gets an edited variant of the same document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import getitem

import numpy as np
from numpy.typing import NDArray

from synthlift.simulation.frame_tables import FRAME_CHOICES, referent_kinds, tabulate
from synthlift.simulation.grammar import REFERENTS, Grammar
from synthlift.simulation.phrasebook import CHOICES, Phrasebook
from synthlift.simulation.tables import threshold
from synthlift.simulation.topics import BODY_SHARES, SUBJECT_SHARES, TopicModel
from synthlift.simulation.vocabulary import CONTENT_KINDS, Vocabulary

__all__ = ["PARTS", "TEXT_BITS", "Draft", "Writer"]

PARTS = ("abstract", "claims")
MIN_WORDS, MAX_WORDS = 60, 140
TARGET_WORDS = (66, 64)
N_SENTENCES = 10
N_SLOTS = 14
BOILERPLATE = 0.05
N_CLAIMS = (2, 4)

HEAD_BITS = 3 + len(REFERENTS)
SENTENCE_BITS = 4 + N_SLOTS
TEXT_BITS = HEAD_BITS + N_SENTENCES * SENTENCE_BITS
CLAIM_PLAN = ("claim_open", "claim_wherein", *("claim_dependent",) * (N_SENTENCES - 2))
ASTRAY_MASK = 7


@dataclass(frozen=True)
class Draft:
    """A block of documents before it is put into words.

    Attributes
    ----------
    frames : ``(n_docs, N_SENTENCES)``
        Numbers of frames.
    phrases, topics : ``(n_docs, N_SENTENCES, N_SLOTS)``
        What fills each slot, and which topic it was drawn from.
    is_fresh : bool, the same shape
        Content slots that were drawn here: neither padding, nor a word list, nor a referent.
    lengths : ``(n_docs,)``
        Words aimed at (abstract) or claims written (claims).
    """

    frames: NDArray[np.int16]
    phrases: NDArray[np.int16]
    topics: NDArray[np.int16]
    is_fresh: NDArray[np.bool_]
    lengths: NDArray[np.int64]


class Writer:
    """Writes texts of one kind of author.

    Parameters
    ----------
    vocabulary, grammar
        What there is to say, and how.
    part : {"abstract", "claims"}
        What is written.
    coverage, faithfulness, style_shift : float
        See `synthlift.simulation.Knobs`; the defaults write real documents.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        grammar: Grammar,
        part: str = "abstract",
        *,
        coverage: float = 1.0,
        faithfulness: float = 1.0,
        style_shift: float = 0.0,
    ) -> None:
        self._part = part
        self._phrasebook = Phrasebook(vocabulary, grammar, coverage)
        self._topics = TopicModel(vocabulary, BODY_SHARES, faithfulness)
        self._subjects = TopicModel(vocabulary, SUBJECT_SHARES, faithfulness)
        self._frames = tabulate(grammar, self._phrasebook, _functions(grammar, part))
        self._style_shift = threshold(style_shift)
        self._referent_kinds = referent_kinds(self._phrasebook)
        functions = self._frames.functions
        plans = grammar.plans if part == "abstract" else (CLAIM_PLAN,)
        self._plans = np.array([[functions[name] for name in plan] for plan in plans])
        self._registers = np.arange(len(functions))
        for name, other in grammar.registers.items():
            if part == "abstract":
                self._registers[functions[name]] = functions[other]
        self._boilerplate = functions.get("boilerplate", -1)

    def write(self, bits: NDArray[np.uint32], label_sets: Sequence[tuple[int, ...]]) -> list[str]:
        """Return texts for bits ``(n_docs, TEXT_BITS)`` and the label sets that they are about."""
        draft = self.draft(bits, label_sets)
        say = self._abstract if self._part == "abstract" else self._claims
        rows = zip(draft.frames.tolist(), draft.phrases.tolist(), draft.lengths.tolist(), strict=True)
        return [say(frames, phrases, length) for frames, phrases, length in rows]

    def draft(self, bits: NDArray[np.uint32], label_sets: Sequence[tuple[int, ...]]) -> Draft:
        """Return what `write` puts into words."""
        labels, sizes = self._topics.pad(label_sets)
        head = bits[:, :HEAD_BITS]
        body = bits[:, HEAD_BITS:].reshape(len(bits), N_SENTENCES, SENTENCE_BITS)
        frames = self._choose_frames(head[:, 0], body)
        kinds = self._frames.kinds[frames]
        referents = self._frames.referents[frames]
        subject = self._topics.choose(body[:, :, 3], labels, sizes)
        slot_bits = body[:, :, 4 : 4 + kinds.shape[2]]
        topics = self._stay(self._topics, subject[:, :, None], slot_bits, labels, sizes)
        phrases = self._phrasebook.lookup[kinds, topics, slot_bits & np.uint32(CHOICES - 1)]
        named = self._referents(head, labels, sizes)
        is_referent = referents >= 0
        phrases = np.where(is_referent, named[np.arange(len(bits))[:, None, None], referents], phrases)
        phrases = self._say_once(phrases, is_referent)
        is_fresh = self._frames.is_used[frames] & ~is_referent & (kinds < len(CONTENT_KINDS))
        low, width = TARGET_WORDS if self._part == "abstract" else (N_CLAIMS[0], N_CLAIMS[1] - N_CLAIMS[0] + 1)
        lengths = low + (head[:, 1] >> np.uint32(8)).astype(np.int64) % width
        return Draft(frames, phrases, topics, is_fresh, lengths)

    def _choose_frames(self, plan_bits: NDArray[np.uint32], body: NDArray[np.uint32]) -> NDArray[np.int16]:
        functions = self._plans[(plan_bits >> np.uint32(8)).astype(np.int64) % len(self._plans)]
        if self._part == "abstract":
            is_boilerplate = body[:, :, 2] < threshold(BOILERPLATE)
            is_boilerplate[:, :3] = False
            functions = np.where(is_boilerplate, self._boilerplate, functions)
            is_shifted = body[:, :, 1].astype(np.int64) < self._style_shift
            functions = np.where(is_shifted, self._registers[functions], functions)
        chosen: NDArray[np.int16] = self._frames.choices[functions, body[:, :, 0] & np.uint32(FRAME_CHOICES - 1)]
        return chosen

    def _stay(
        self,
        model: TopicModel,
        subject: NDArray[np.int16],
        bits: NDArray[np.uint32],
        labels: NDArray[np.int16],
        sizes: NDArray[np.int64],
    ) -> NDArray[np.int16]:
        """Keep seven slots in eight on the subject of their sentence: the others are about something of their own."""
        is_astray = ((bits >> np.uint32(13)) & np.uint32(ASTRAY_MASK)) == 0
        return np.where(is_astray, model.choose(bits, labels, sizes), subject)

    def _referents(
        self, head: NDArray[np.uint32], labels: NDArray[np.int16], sizes: NDArray[np.int64]
    ) -> NDArray[np.int16]:
        subject = self._subjects.choose(head[:, 2], labels, sizes)
        bits = head[:, 3:]
        topics = self._stay(self._subjects, subject[:, None], bits, labels, sizes)
        named = self._phrasebook.lookup[self._referent_kinds, topics, bits & np.uint32(CHOICES - 1)]
        return self._say_once(named, np.zeros(named.shape, dtype=bool))

    def _say_once(self, phrases: NDArray[np.int16], is_fixed: NDArray[np.bool_]) -> NDArray[np.int16]:
        """Move on from a phrase that its sentence has already, or that names another part of it.

        Twice at most: rare repetitions remain, as in real prose.
        """
        said = phrases.copy()
        mentioned = self._phrasebook.mentions[said]
        for column in range(said.shape[-1]):
            rivals = [(other, is_fixed[..., other] | (other < column)) for other in range(said.shape[-1])]
            for _ in range(2):
                mine, named = said[..., column], mentioned[..., column]
                clashes = np.zeros(mine.shape, dtype=bool)
                for other, comes_first in rivals:
                    if other != column:
                        theirs = said[..., other]
                        clashes |= comes_first & (
                            (theirs == mine) | (theirs == named) | (mentioned[..., other] == mine)
                        )
                clashes &= ~is_fixed[..., column]
                said[..., column] = np.where(clashes, self._phrasebook.successor[mine], mine)
                mentioned[..., column] = self._phrasebook.mentions[said[..., column]]
        return said

    def _abstract(self, frames: list[int], phrases: list[list[int]], target: int) -> str:
        """Say sentences until the target is reached, leaving out one that would be too long."""
        patterns, forms = self._frames.patterns, self._frames.forms
        kept: list[str] = []
        n_words = 0
        for frame, numbers in zip(frames, phrases, strict=True):
            sentence = patterns[frame] % tuple(map(getitem, forms[frame], numbers))
            length = sentence.count(" ") + 1
            if n_words + length <= MAX_WORDS:
                kept.append(sentence)
                n_words += length
                if n_words >= target:
                    break
        return " ".join(kept)

    def _claims(self, frames: list[int], phrases: list[list[int]], n_claims: int) -> str:
        """Join the first claim from its two pieces, and number all."""
        patterns, forms = self._frames.patterns, self._frames.forms
        pieces = [
            patterns[frame] % tuple(map(getitem, forms[frame], numbers))
            for frame, numbers in zip(frames[: n_claims + 1], phrases, strict=False)
        ]
        claims = [pieces[0] + pieces[1], *dict.fromkeys(pieces[2:])]
        return " ".join(f"{number}. {claim}" for number, claim in enumerate(claims, start=1))


def _functions(grammar: Grammar, part: str) -> list[str]:
    """List the functions of the discourse that a part is made of."""
    return [name for name in grammar.frames if name.startswith("claim") == (part == "claims")]
