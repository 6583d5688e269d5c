"""The planted vocabulary: 64 labels of assistive technology, their domains, and what each label's texts speak of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from synthlift.errors import BadConfiguration, show

__all__ = ["CONTENT_KINDS", "SCENE_KINDS", "Label", "Vocabulary", "assistive_technology", "read_vocabulary"]

CONTENT_KINDS = ("concept", "part", "function", "problem")
SCENE_KINDS = ("user", "setting")
MIN_PHRASES = 3
PHRASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9'-]*(?: [A-Za-z0-9'-]+)*")
ARTICLE = re.compile(r"(?:a|an|the) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Label:
    """One label of the simulated classification.

    Attributes
    ----------
    name, description : str
        As shown to people, and to a model that is asked for texts.
    domain : int
        Its domain's place in `Vocabulary.domains`.
    """

    name: str
    description: str
    domain: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Labels in order of their frequency, and the phrases of every topic.

    A topic is a label, a domain's background, or the general background: labels first, then domains, then the last.

    Attributes
    ----------
    labels : tuple of Label
        The most frequent first; it goes round the domains, so that the first `n` are spread evenly over them.
    domains : tuple of str
        Names, in file order.
    phrases : mapping of str to tuple of tuples
        Kind, then topic, then its phrases with the most frequent first; a label's users and settings are its domain's.
    pairs : tuple of pairs of int
        Labels of different domains that go together.
    """

    labels: tuple[Label, ...]
    domains: tuple[str, ...]
    phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    pairs: tuple[tuple[int, int], ...]

    @property
    def general(self) -> int:
        """The topic of the general background."""
        return len(self.labels) + len(self.domains)

    def background(self, label: int) -> int:
        """Return the topic of a label's domain."""
        return len(self.labels) + self.labels[label].domain


def _checked(phrases: object, where: str) -> tuple[str, ...]:
    if not isinstance(phrases, list) or len(phrases) < MIN_PHRASES or len(set(phrases)) < len(phrases):
        raise BadConfiguration(f"{where}: expected at least {MIN_PHRASES} different phrases; add or mend them")
    for phrase in phrases:
        if not isinstance(phrase, str) or not PHRASE.fullmatch(phrase) or ARTICLE.match(phrase):
            raise BadConfiguration(
                f"{where}: got {show(phrase)}, expected words without an article, single-spaced; mend it"
            )
    return tuple(phrases)


def _phrases(tables: Sequence[Mapping[str, Any]], kind: str) -> tuple[tuple[str, ...], ...]:
    return tuple(_checked(table.get(kind + "s"), f"{show(table.get('name', 'general'))} {kind}s") for table in tables)


def _ranked(domains: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    """Go round the domains, so that no domain holds only frequent labels."""
    depth = max(len(domain["labels"]) for domain in domains)
    return [
        (domain["labels"][rank], index)
        for rank in range(depth)
        for index, domain in enumerate(domains)
        if rank < len(domain["labels"])
    ]


def read_vocabulary(text: str) -> Vocabulary:
    """Read and check a vocabulary file.

    Raises
    ------
    BadConfiguration
        A label is named twice or not at all, a pair names an unknown label, or a phrase cannot stand in a frame.
    """
    data = tomllib.loads(text)
    domains = data["domains"]
    ranked = _ranked(domains)
    labels = tuple(Label(table["name"], table["description"], index) for table, index in ranked)
    place = {label.name: index for index, label in enumerate(labels)}
    if len(place) < len(labels):
        raise BadConfiguration("a vocabulary names a label twice; rename one of them")
    unknown = sorted({name for pair in data["pairs"] for name in pair} - set(place))
    if unknown:
        raise BadConfiguration(f"a pair names the label {show(unknown[0])}, which is not there; mend the pair")
    backgrounds = [*domains, data["general"]]
    phrases = {kind: _phrases([*(table for table, _ in ranked), *backgrounds], kind) for kind in CONTENT_KINDS}
    for kind in SCENE_KINDS:
        scenes = _phrases(backgrounds, kind)
        phrases[kind] = (*(scenes[label.domain] for label in labels), *scenes)
    pairs = tuple((place[a], place[b]) for a, b in data["pairs"])
    return Vocabulary(labels, tuple(domain["name"] for domain in domains), phrases, pairs)


@cache
def assistive_technology() -> Vocabulary:
    """Return the package's own vocabulary of 64 labels in eight domains."""
    return read_vocabulary(files(__package__).joinpath("assistive_technology.toml").read_text(encoding="utf-8"))
