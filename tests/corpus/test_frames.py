"""Documents in memory become the JSON lines that a file would be."""

from __future__ import annotations

import json

import numpy as np
import pytest

from synthlift.corpus.frames import as_jsonl
from synthlift.errors import BadConfiguration


def rows(data):
    """Read the lines back."""
    return [json.loads(line) for line in as_jsonl(data).decode().splitlines()]


def test_rows_survive():
    """Texts, labels and ids are the same after the way, whatever they hold."""
    given = [{"id": "007", "text": "a\n\u2028b \u00e9", "labels": ["NA", "null"]}, {"id": 8, "text": "c", "labels": []}]
    assert rows(given) == given


def test_numpy_values_and_sets_become_plain():
    """Arrays become lists, sets are sorted, numpy scalars are numbers."""
    given = [{"labels": np.array(["x", "y"]), "n": np.int64(3), "tags": {"b", "a"}}]
    assert rows(given) == [{"labels": ["x", "y"], "n": 3, "tags": ["a", "b"]}]


def test_missing_values_become_null():
    """NaN, as data frames write what is missing, becomes null, which the reader judges."""
    assert rows([{"text": float("nan"), "labels": None}]) == [{"text": None, "labels": None}]


@pytest.mark.parametrize("data", [5, "a path", b"bytes", {"text": "a"}, None])
def test_other_things_are_refused(data):
    """What holds no rows is refused, and what is taken is named."""
    with pytest.raises(BadConfiguration, match="DataFrame"):
        as_jsonl(data)


def test_a_row_that_is_no_mapping_is_refused():
    """A list of texts alone has no labels: each row must be a mapping."""
    with pytest.raises(BadConfiguration, match="mapping"):
        as_jsonl(["a text"])
