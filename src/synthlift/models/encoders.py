"""Weights of a text encoder in process: its tokenizer, its network, and how many tokens it reads."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlift.errors import BadConfiguration, show
from synthlift.models.weights import best_device, check_source

__all__ = ["Encoder", "check_encoder", "load_encoder", "weights_identity"]

NEURAL = ("torch", "transformers", "sentence_transformers")
# a tokenizer that knows no limit says 1e30
MOST_TOKENS = 100_000


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded encoder; whoever trains it takes a copy.

    Attributes
    ----------
    tokenizer, network : object
        Of transformers; weights are float32, in evaluation mode, on the CPU.
    max_tokens : int
        Longest text that it reads, special tokens included.
    device : str
        Where it is to run: ``cuda``, ``mps`` or ``cpu``.
    """

    tokenizer: Any
    network: Any
    max_tokens: int
    device: str


def check_encoder(model: str, revision: str | None) -> None:
    """Refuse what cannot be loaded, before anything is.

    Raises
    ------
    BadConfiguration
        As `check_source`; and where the packages are missing.
    """
    check_source(model, revision)
    missing = [name for name in NEURAL if importlib.util.find_spec(name) is None]
    if missing:
        raise BadConfiguration(f"encoders need {missing[0]}, which is not installed: pip install 'synthlift[neural]'")


@functools.lru_cache(maxsize=64)
def weights_identity(model: str, revision: str | None) -> str:
    """Return what identifies weights and tokenizer, as a SHA-256: of a folder's files, else of name and commit."""
    folder = Path(model)
    digest = hashlib.sha256()
    if not folder.is_dir():
        digest.update(f"{model}@{revision}".encode())
        return digest.hexdigest()
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".json", ".safetensors", ".txt", ".model") and path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.relative_to(folder)} {content}\n".encode())
    return digest.hexdigest()


@functools.lru_cache(maxsize=4)
def load_encoder(model: str, revision: str | None, attention: str = "sdpa", device: str | None = None) -> Encoder:
    """Load an encoder; a process loads each once.

    Parameters
    ----------
    model : str
        Folder or Hub name.
    revision : str or None
        Full commit hash; of no account for a folder.
    attention : {"sdpa", "eager", "flash_attention_2"}
        Which implementation of attention transformers takes.
    device : str, optional
        By default the best that is there.

    Raises
    ------
    BadConfiguration
        As `check_encoder`; for weights that cannot be loaded, without code of their own too, or lack some, for a model
        of encoder and decoder, for a decoder, and for a tokenizer that cannot pad.
    """
    check_encoder(model, revision)
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    given = {"revision": None if Path(model).is_dir() else revision, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, **given)
        network, told = AutoModel.from_pretrained(
            model,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation=attention,
            output_loading_info=True,
            **given,
        )
    except (OSError, ValueError, ImportError, KeyError, RuntimeError, SafetensorError) as error:
        raise BadConfiguration(
            f"encoder {show(model)}: cannot be loaded ({show(error)}), expected weights as safetensors, of an "
            f"architecture that transformers knows with {attention} attention: correct the name, or take another model"
        ) from None
    # a pooler is not used here, and many encoders come without one
    missing = sorted(name for name in told["missing_keys"] if not name.startswith("pooler."))
    if missing:
        raise BadConfiguration(
            f"encoder {show(model)}: got no weights for {show(missing[0])} and {len(missing) - 1} more, expected all "
            "that its configuration names: take the files from where they come again"
        )
    if tokenizer.pad_token_id is None:
        raise BadConfiguration(f"encoder {show(model)}: got a tokenizer that cannot pad, expected that of an encoder")
    if network.config.is_encoder_decoder or _looks_back_only(network.eval()):
        raise BadConfiguration(
            f"encoder {show(model)}: got a {network.config.model_type} model that writes text (each token sees only "
            "those before it), expected an encoder: take one such as BERT, ModernBERT or a sentence encoder"
        )
    return Encoder(tokenizer, network, _max_tokens(tokenizer, network.config), device or best_device())


def _looks_back_only(network: Any) -> bool:
    """Whether the vector of a token stays the same when the one after it changes: then it is a decoder."""
    import torch

    two = torch.tensor([[1, 2], [1, 3]])
    with torch.no_grad():
        first = network(input_ids=two, attention_mask=torch.ones_like(two)).last_hidden_state[:, 0]
    return bool(torch.allclose(first[0], first[1], atol=1e-7))


def _max_tokens(tokenizer: Any, config: Any) -> int:
    positions = getattr(config, "max_position_embeddings", None) or MOST_TOKENS
    return int(min(tokenizer.model_max_length, positions, MOST_TOKENS))
