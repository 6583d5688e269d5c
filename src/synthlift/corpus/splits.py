"""Which real documents train, validate, wait as spare, and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthlift.corpus.corpus import Corpus
from synthlift.corpus.stratification import stratify
from synthlift.errors import BadConfiguration, InputRejected, Rejection, show

__all__ = ["KNOWN_VALUES", "ROLES", "Split", "draw_split", "parse_split_values", "read_split"]

ROLES = ("train", "validation", "spare", "test")
KNOWN_VALUES: Mapping[str, str] = {
    "train": "train",
    "train_seed": "train",
    "seed": "train",
    "training": "train",
    "validation": "validation",
    "dev": "validation",
    "valid": "validation",
    "test": "test",
    "pool": "spare",
    "spare": "spare",
    "unused": "spare",
}
TEST_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Split:
    """The role of each real document.

    Attributes
    ----------
    role : ndarray of str, shape (n_docs,)
        One of `ROLES`. Only `train` documents are trained on, or written from; `spare` ones feed ``real+real``.
    description : str
        How it came about, for people.
    """

    role: NDArray[np.str_]
    description: str

    def rows(self, role: str) -> NDArray[np.intp]:
        """Return the rows of one role, in document order."""
        return np.flatnonzero(self.role == role)


def parse_split_values(text: str) -> dict[str, str]:
    """Read ``train=seed,spare=pool,test=test`` as a mapping from value to role.

    Raises
    ------
    BadConfiguration
        For another form, an unknown role, or a value with two roles.

    Examples
    --------
    >>> parse_split_values("train=seed,test=test")
    {'seed': 'train', 'test': 'test'}
    """
    mapping: dict[str, str] = {}
    for part in text.split(","):
        role, equals, value = part.partition("=")
        if not equals or role.strip() not in ROLES or not value:
            raise BadConfiguration(
                f"--split-values: got {show(part)}, expected ROLE=VALUE with a role of {', '.join(ROLES)}"
            )
        if mapping.setdefault(value, role.strip()) != role.strip():
            raise BadConfiguration(f"--split-values: value {show(value)} has two roles, {mapping[value]} and {role}")
    return mapping


def read_split(values: Sequence[str | None], mapping: Mapping[str, str] | None, file: str, column: str) -> Split:
    """Return the roles that a split column names.

    Parameters
    ----------
    values : sequence of str or None
        The column's value of each document.
    mapping : mapping of str to str, or None
        From value to role; None means `KNOWN_VALUES`.
    file, column : str
        For messages.

    Raises
    ------
    InputRejected
        For an unknown value, or where nothing trains or nothing tests.
    """
    known = KNOWN_VALUES if mapping is None else mapping
    found = sorted({"" if value is None else value for value in values})
    unknown = [value for value in found if value not in known]
    listed = ", ".join(show(value) for value in found[:12])
    advice = f"found {listed}; say which is which with --split-values train=...,test=... (also validation=, spare=)"
    if unknown:
        reason = f"got {show(unknown[0])} in column {show(column)}, expected a known split value; {advice}"
        raise InputRejected([Rejection(file, 0, "unknown-split", reason)])
    roles = np.array([known["" if value is None else value] for value in values], dtype="<U10")
    for role in ("train", "test"):
        if not (roles == role).any():
            raise InputRejected([Rejection(file, 0, f"no-{role}", f"got no {role} document, expected some; {advice}")])
    counts = ", ".join(f"{(roles == role).sum()} {role}" for role in ROLES if (roles == role).any())
    return Split(roles, f"column {column!r}: {counts}")


def draw_split(corpus: Corpus, group: NDArray[np.int64], rng: np.random.Generator) -> Split:
    """Return a 70/30 split by groups, stratified by label.

    Parameters
    ----------
    corpus : Corpus
    group : ndarray of int, shape (n_docs,)
        Groups as numbered by `connected`; none straddles.
    rng : numpy.random.Generator
    """
    n_groups = int(group.max()) + 1
    counts = np.zeros((n_groups, len(corpus.labels)), dtype=np.int64)
    np.add.at(counts, group, corpus.label_matrix().astype(np.int64))
    part = stratify(counts, np.bincount(group, minlength=n_groups), [1.0 - TEST_SHARE, TEST_SHARE], rng)
    roles = np.array(["train", "test"], dtype="<U10")[part[group]]
    n_train = int((roles == "train").sum())
    text = f"none given, so drawn: {n_train} train, {len(roles) - n_train} test, stratified by label, groups kept whole"
    return Split(roles, text)
