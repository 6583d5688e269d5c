"""Imports run downhill, and what a user does not ask for is not loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def loaded(statement: str) -> set[str]:
    """Return the top-level modules that a statement loads in a fresh process."""
    script = f"import sys; {statement}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_package_alone_loads_nothing_heavy() -> None:
    """`import synthlift` is quick: neither NumPy nor what reads, trains or draws."""
    assert not loaded("import synthlift") & {"numpy", "scipy", "sklearn", "pydantic", "torch", "ray"}


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    """The lazy door opens for `audit` only."""
    import synthlift

    assert callable(synthlift.audit)
    with pytest.raises(AttributeError, match="no attribute 'audits'"):
        _ = synthlift.audits


def test_the_import_contracts_hold() -> None:
    """As import-linter reads them from pyproject.toml; it comes with the development extra."""
    pytest.importorskip("importlinter")
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
