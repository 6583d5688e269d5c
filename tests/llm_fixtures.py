"""Language models for tests of every room: a tiny one in a folder, and a real server that serves it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

__all__ = ["make_tiny_model", "real_server", "tiny_model_dir"]


def _load(name: str) -> ModuleType:
    """Import a file of tests/models, which is no package."""
    path = Path(__file__).with_name("models") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"synthlift_tests_{name}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make_tiny_model():
    """Give the maker of tiny chat models: a folder, and how long each is trained."""
    pytest.importorskip("torch", reason="needs synthlift[neural]")
    pytest.importorskip("transformers", reason="needs synthlift[neural]")
    return _load("tiny_lm").make


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory, make_tiny_model) -> Path:
    """Make the tiny chat model once; copy its folder before changing it."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny-lm"))


@pytest.fixture(scope="session")
def real_server(tmp_path_factory, tiny_model_dir) -> Iterator:
    """Serve the tiny model: `base_url`, `model`, and `post(path, body)`."""
    pytest.importorskip("fastapi", reason="needs synthlift[serve]")
    with _load("real_server").serving(tiny_model_dir, tmp_path_factory.mktemp("served") / "home") as server:
        yield server
