"""What tests of every room may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Name the folder of real corpora: SYNTHLIFT_DATA, or shared/data beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SYNTHLIFT_DATA", default))
    if not folder.is_dir():
        pytest.skip("no real corpora here: set SYNTHLIFT_DATA to their folder")
    return folder
