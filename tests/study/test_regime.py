"""A regime is a number of real documents, in the spelling of whoever asked."""

from __future__ import annotations

import pytest

from synthlift.errors import BadConfiguration
from synthlift.study.regime import Regime


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("165", 165),
        ("2", 2),
        ("1000", 1000),
        ("0.1", 100),
        ("0.165", 165),
        ("0.0025", 2),
        ("1e-1", 100),
        (".5", 500),
        ("1:10", 300),
        ("1:3", 1000),
        ("all", 1000),
        (" 165 ", 165),
    ],
)
def test_each_spelling_gives_its_number_of_documents(text: str, n: int) -> None:
    """Of a pool of 1,000 and 3,000 synthetic documents."""
    assert Regime.parse(text).n_documents(n_pool=1000, n_synthetic=3000) == n


@pytest.mark.parametrize("text", ["1.0", "1.", "1.00", "1e0", " 1.0"])
def test_one_point_zero_is_refused_as_ambiguous(text: str) -> None:
    """One document or all of them: say which."""
    with pytest.raises(BadConfiguration, match="one document or all of them; write 1 or all"):
        Regime.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "some", "0", "-5", "0.0", "-0.1", "1.5", "2.0", "1e3", "nan", "inf"),
        *("1:0", "2:1", "1:", ":10", "1:1.5", "1:-2", "1:\u0661", "1:" + "9" * 5000),
        *("ALL", "10%", "1,000", "1_000", "0x10", "\u0661\u0666", "1 65", "\x1b[31m", "9" * 5000),
    ],
    ids=lambda text: ascii(text[:9]),
)
def test_anything_else_is_refused_with_the_four_forms(text: str) -> None:
    """As a configuration error, the foreign text made harmless."""
    with pytest.raises(BadConfiguration, match=r"--regime: got .*expected .*165.*0\.1.*1:10.*all") as caught:
        Regime.parse(text)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "n_synthetic"),
    [("1001", 100), ("1", 100), ("0.001", 100), ("1:10", 14), ("1:1", 1001)],
)
def test_more_than_the_pool_or_fewer_than_two_documents_are_refused(text: str, n_synthetic: int) -> None:
    """The limits are told: a corpus is never silently repeated or emptied."""
    with pytest.raises(BadConfiguration, match=r"expected 2 to 1000 \(the train pool\)"):
        Regime.parse(text).n_documents(n_pool=1000, n_synthetic=n_synthetic)
