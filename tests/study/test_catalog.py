"""Every name stands for something that can be imported, and nothing is until it is named."""

from __future__ import annotations

import subprocess
import sys

import pytest

from synthlift.errors import BadConfiguration
from synthlift.study import catalog
from synthlift.study.catalog import CLASSIFIERS, CONDITIONS, GENERATORS, VOLUME_CONTROLS, names, resolve

ENTRIES = [
    (kind, name)
    for kind, known in (("conditions", CONDITIONS), ("classifiers", CLASSIFIERS), ("generators", GENERATORS))
    for name in known
]


@pytest.mark.parametrize(("kind", "name"), ENTRIES, ids=[f"{kind}-{name}" for kind, name in ENTRIES])
def test_every_entry_resolves_to_something_callable(kind: str, name: str) -> None:
    """A recipe or a class."""
    assert callable(resolve(kind, name))


def test_the_conditions_and_families_of_the_method_are_there() -> None:
    """At least those that a verdict and its warnings need."""
    needed = {"real", "real+steps", "replicated", "replicated-matched", "placebo", "synthetic", "real+synthetic"}
    assert needed | {"real+real"} <= set(CONDITIONS)
    assert "linear" in CLASSIFIERS
    assert "recorded" in GENERATORS
    assert set(VOLUME_CONTROLS) == {"real+steps", "replicated", "replicated-matched"}


@pytest.mark.parametrize("kind", ["conditions", "classifiers", "generators"])
def test_an_unknown_name_is_refused_with_the_known_ones(kind: str) -> None:
    """And made harmless for a terminal."""
    with pytest.raises(BadConfiguration) as caught:
        resolve(kind, "no\x1bsuch")
    assert all(name in str(caught.value) for name in names(kind))
    assert "\x1b" not in str(caught.value)


def test_a_plugged_in_name_is_known_and_cannot_replace_a_built_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Third parties add through entry points; `real` stays what it is."""
    from importlib.metadata import EntryPoint

    def entry_points(*, group: str) -> list[EntryPoint]:
        return [EntryPoint("mine", "json:dumps", group), EntryPoint("real", "json:dumps", group)]

    monkeypatch.setattr(catalog, "entry_points", entry_points)
    assert resolve("conditions", "mine")({"a": 1}) == '{"a": 1}'
    assert resolve("conditions", "real").__module__ == "synthlift.conditions.added"


def test_the_catalogue_imports_none_of_what_it_lists() -> None:
    """In a fresh process: no stage, no scikit-learn; so that heavy extras load only when named."""
    script = (
        "import sys, synthlift.study.catalog; "
        "print([m for m in sys.modules if m.split('.')[0] in ('sklearn', 'torch') or "
        "m.startswith(('synthlift.conditions', 'synthlift.classifiers', 'synthlift.generators'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
