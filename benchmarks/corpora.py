"""Where the corpora are that the benchmarks read."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["corpus_folder", "required_corpus"]


def corpus_folder(name: str) -> Path:
    """Return where a corpus of the data folder would be."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("SYNTHLIFT_DATA", default)) / name


def required_corpus(name: str, *files: str) -> tuple[Path, ...]:
    """Return the files of a corpus.

    Raises
    ------
    SystemExit
        With what is missing, where one is not there: this benchmark has no stand-in.
    """
    paths = tuple(corpus_folder(name) / file for file in files)
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise SystemExit(
            f"the corpus {name} is not here: got no {' or '.join(missing)}; nothing was measured, set SYNTHLIFT_DATA "
            f"to the folder that holds {name}/"
        )
    return paths
