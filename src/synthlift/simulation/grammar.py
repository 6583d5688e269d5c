"""Sentence frames of patent-like English, read from the package's file and taken apart into literals and slots."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

from synthlift.errors import BadConfiguration, show
from synthlift.simulation.vocabulary import CONTENT_KINDS, SCENE_KINDS

__all__ = ["REFERENTS", "Frame", "Grammar", "Slot", "patent_english", "read_grammar"]

REFERENTS: Mapping[str, str] = {
    "main": "concept",
    "p1": "part",
    "p2": "part",
    "p3": "part",
    "aim": "function",
    "who": "user",
    "place": "setting",
    "dev": "dev",
    "n": "numeral",
}
"""What a document keeps speaking of, and the kind of phrase that each is drawn from."""

FORMS = frozenset({"a", "bare", "plural", "base", "ing", "s", "n0", "n1", "n2", "n3"})
SLOT = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
CHOICE = re.compile(r"\[([^]]*)\]")
BARE_ARTICLE = re.compile(r"\b(?:an?|An?) \{")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a frame.

    Attributes
    ----------
    kind : str
        What is drawn: a kind of phrase, or a word list.
    form : str
        How it is inflected.
    referent : int
        Its place in `REFERENTS`, or -1 where it is drawn afresh.
    begins : bool
        Whether it begins the sentence and takes a capital.
    """

    kind: str
    form: str
    referent: int
    begins: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """A sentence with places: `pattern` has one ``%s`` a slot."""

    pattern: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """All that texts are made with but the vocabulary.

    Attributes
    ----------
    words : mapping of str to tuple of str
        Word lists, each drawn from evenly.
    numerals : mapping of str to tuple of str
        Reference numerals ``n0 ... n3``, one series a column.
    frames : mapping of str to tuple of tuples of Frame
        Function of the discourse, then its sentences, then the wordings of each.
    plans : tuple of tuples of str
        Functions in the order of a document.
    registers : mapping of str to str
        The function of another register that stands in for a function.
    """

    words: Mapping[str, tuple[str, ...]]
    numerals: Mapping[str, tuple[str, ...]]
    frames: Mapping[str, tuple[tuple[Frame, ...], ...]]
    plans: tuple[tuple[str, ...], ...]
    registers: Mapping[str, str]


def _wordings(sentence: str) -> list[str]:
    pieces = CHOICE.split(sentence)
    options = [piece.split("|") if index % 2 else [piece] for index, piece in enumerate(pieces)]
    return ["".join(choice) for choice in product(*options)]


def _slot(name: str, form: str | None, words: Mapping[str, object], *, begins: bool) -> Slot:
    if re.fullmatch(r"n[0-3]", name):
        name, form = "n", name
    kind = REFERENTS.get(name, name)
    if kind not in (*CONTENT_KINDS, *SCENE_KINDS, "numeral") and kind not in words:
        raise BadConfiguration(f"a frame asks for {show(name)}, expected a kind of phrase or a word list; mend it")
    if (form or "bare") not in FORMS:
        raise BadConfiguration(f"a frame asks for the form {show(form)}, expected one of {sorted(FORMS)}; mend it")
    referent = list(REFERENTS).index(name) if name in REFERENTS else -1
    return Slot(kind, form or "bare", referent, begins)


def _frame(sentence: str, words: Mapping[str, object]) -> Frame:
    if BARE_ARTICLE.search(sentence):
        raise BadConfiguration(f"the frame {show(sentence)} writes an article before a slot; ask for the form 'a'")
    slots = tuple(_slot(m[1], m[2], words, begins=m.start() == 0) for m in SLOT.finditer(sentence))
    return Frame(SLOT.sub("%s", sentence.replace("%", "%%")), slots)


def read_grammar(text: str) -> Grammar:
    """Read and check a file of frames.

    Raises
    ------
    BadConfiguration
        A frame asks for a kind, a word list or a form that does not exist, writes an article before a slot, or a plan
        names a function without frames.
    """
    data = tomllib.loads(text)
    words = {name: tuple(items) for name, items in data["words"].items()}
    frames = {
        function: tuple(tuple(_frame(wording, words) for wording in _wordings(sentence)) for sentence in sentences)
        for function, sentences in data["frames"].items()
    }
    plans = tuple(tuple(plan.split()) for plan in data["discourse"]["plans"])
    registers = dict(data["discourse"]["registers"])
    asked = {function for plan in plans for function in plan} | set(registers.values())
    if asked - set(frames):
        raise BadConfiguration(f"no frame for {show(min(asked - set(frames)))}; add some or mend the plan")
    numerals = {name: tuple(items) for name, items in data["numerals"].items()}
    return Grammar(words, numerals, frames, plans, registers)


@cache
def patent_english() -> Grammar:
    """Return the package's own grammar."""
    return read_grammar(files(__package__).joinpath("patent_english.toml").read_text(encoding="utf-8"))
