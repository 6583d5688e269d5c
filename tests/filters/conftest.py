"""Documents made of texts, and the texts of real corpora."""

from __future__ import annotations

import json

import pytest

from synthlift.corpus import Document


def _documents(texts, labels=()):
    return [Document(f"d{i}", text, tuple(labels)) for i, text in enumerate(texts)]


@pytest.fixture(scope="session")
def documents():
    """Give the maker of documents ``d0, d1, ...`` of texts, all with the same labels."""
    return _documents


@pytest.fixture(scope="session")
def rows(data_folder):
    """Give the reader of a real corpus' rows; where a row is judged by `chosen`, only those."""

    def read(name, chosen=bool):
        with (data_folder / name).open(encoding="utf-8") as file:
            return [row for row in map(json.loads, file) if chosen(row)]

    return read
