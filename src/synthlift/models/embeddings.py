"""Vectors of texts from a sentence-transformers model, each computed once and found again by the text itself."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthlift.errors import BadConfiguration, show
from synthlift.models.encoders import check_encoder, weights_identity
from synthlift.models.weights import best_device
from synthlift.storage.canonical import sha256
from synthlift.storage.vectors import VectorStore

__all__ = ["Embedder", "TextVectors", "check_sentence_encoder", "embedder_of", "load_sentence_encoder"]

Float32Array = NDArray[np.float32]
IntArray = NDArray[np.int64]

# Padded tokens of a batch. Measured on one core: twice as many leave the cache and are slower, a GPU wants them.
CPU_TOKENS, GPU_TOKENS = 2048, 65_536
# Texts between two writes: what a killed run computes again, and what lies in memory.
TEXTS_A_SHARD = 4096


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Vectors of texts, as the model gives them.

    Attributes
    ----------
    vectors : ndarray of float32, shape (n_texts, n_dimensions)
    truncated : ndarray of bool, shape (n_texts,)
        The texts of which the model read only the beginning.
    """

    vectors: Float32Array
    truncated: NDArray[np.bool_]


class Embedder:
    """A model with the vectors that it, or another process, has made before; weights are loaded at the first miss.

    Parameters
    ----------
    model : str
        Folder or Hub name. One without pooling of its own has its token vectors averaged.
    revision : str or None
        Full commit hash; of no account for a folder.
    folder : path or None
        Where vectors are kept, in a folder named by the model's identity; without one they stay in memory.

    Attributes
    ----------
    n_asked, n_encoded : int
        Distinct texts of each call, added up, and how many of them this object encoded; it found the others.

    Raises
    ------
    BadConfiguration
        As `check_sentence_encoder`.
    """

    def __init__(self, model: str, revision: str | None = None, folder: str | Path | None = None) -> None:
        check_sentence_encoder(model, revision)
        self._source = (model, revision)
        self._store = VectorStore(None if folder is None else Path(folder) / weights_identity(model, revision))
        self.n_asked = 0
        self.n_encoded = 0

    @property
    def n_repeated(self) -> int:
        """Encodings that any process made of a text that had one."""
        return self._store.n_repeated

    def __call__(self, texts: Sequence[str], observe: Callable[[int, int], None] | None = None) -> TextVectors:
        """Return the vectors of texts; `observe` is told how many of the missing ones are encoded, and of how many."""
        keys = [sha256(text) for text in texts]
        text_of = dict(zip(keys, texts, strict=True))
        missing = self._store.missing(keys)
        for start in range(0, len(missing), TEXTS_A_SHARD):
            some = missing[start : start + TEXTS_A_SHARD]
            encoded = _encoded(load_sentence_encoder(*self._source), [text_of[key] for key in some])
            self._store.add(some, encoded.vectors, encoded.truncated)
            self.n_encoded += len(some)
            if observe is not None:
                observe(start + len(some), len(missing))
        self.n_asked += len(text_of)
        return TextVectors(*self._store.take(keys))


@functools.lru_cache(maxsize=8)
def embedder_of(model: str, revision: str | None, folder: str | None) -> Embedder:
    """Return the one embedder of this process for a model and a folder."""
    return Embedder(model, revision, folder)


def check_sentence_encoder(model: str, revision: str | None) -> None:
    """Refuse what cannot be loaded, before anything is.

    Raises
    ------
    BadConfiguration
        As `check_encoder`; and for a folder in which a part of the model has its weights as a pickle only.
    """
    check_encoder(model, revision)
    for pickled in Path(model).glob("*/*.bin"):
        if not any(pickled.parent.glob("*.safetensors")):
            raise BadConfiguration(
                f"model {show(model)}: got {show(pickled.name)} in {show(pickled.parent.name)}, expected *.safetensors "
                "beside it: *.bin files are pickles, which can run code, so convert them where they come from"
            )


@functools.lru_cache(maxsize=2)
def load_sentence_encoder(model: str, revision: str | None) -> Any:
    """Load a ``SentenceTransformer`` with float32 weights on the best device; a process loads each once.

    Raises
    ------
    BadConfiguration
        As `check_sentence_encoder`; and for what cannot be loaded without code of its own, or reads no text.
    """
    check_sentence_encoder(model, revision)
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer
    from tqdm import tqdm
    from transformers.utils import logging

    logging.disable_progress_bar()
    # its own lock is one between processes, which a worker that is ended would leave behind
    tqdm.set_lock(threading.RLock())
    try:
        loaded = SentenceTransformer(
            model,
            revision=None if Path(model).is_dir() else revision,
            device=best_device(),
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": torch.float32},
        )
    except (OSError, ValueError, ImportError, KeyError, AttributeError, RuntimeError, SafetensorError) as error:
        raise BadConfiguration(
            f"model {show(model)}: cannot be loaded ({show(error)}), expected a sentence-transformers model with "
            "weights as safetensors and no code of its own: correct the name, or take another model"
        ) from None
    if not callable(loaded.tokenizer):
        raise BadConfiguration(
            f"model {show(model)}: got one without a tokenizer of transformers, expected one that reads text with it: "
            "take another model"
        )
    return loaded


def _encoded(model: Any, texts: Sequence[str]) -> TextVectors:
    """Return vectors as ``SentenceTransformer.encode`` does, in batches of similar length."""
    prompt = model.prompts.get(model.default_prompt_name) or ""
    tokens = model.tokenizer([prompt + text for text in texts], truncation=False, padding=False, verbose=False)
    n_tokens = np.array([len(ids) for ids in tokens["input_ids"]], dtype=np.int64)
    most = model.max_seq_length or np.iinfo(np.int64).max
    budget = CPU_TOKENS if model.device.type == "cpu" else GPU_TOKENS
    found: list[tuple[IntArray, Float32Array]] = [
        (batch, model.encode([texts[row] for row in batch], batch_size=len(batch), show_progress_bar=False))
        for batch in _batches(np.minimum(n_tokens, most), budget)
    ]
    vectors = np.empty((len(texts), found[0][1].shape[1]), dtype=np.float32)
    for batch, own in found:
        vectors[batch] = own
    return TextVectors(vectors, n_tokens > most)


def _batches(n_tokens: IntArray, budget: int) -> Iterator[IntArray]:
    """Yield rows, the longest first, as many at a time as hold `budget` tokens when padded to the longest of them."""
    order = np.argsort(-n_tokens, kind="stable")
    start = 0
    while start < len(order):
        stop = start + max(1, budget // max(1, int(n_tokens[order[start]])))
        yield order[start:stop]
        start = stop
