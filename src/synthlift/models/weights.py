"""Weights of a chat model in process: from a local folder or a pinned commit of the Hub, never code or pickles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthlift.errors import BadConfiguration, show

__all__ = ["Weights", "best_device", "check_source", "load_weights"]

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Weights:
    """A loaded model.

    Attributes
    ----------
    tokenizer, network : object
        Of transformers.
    device : str
        ``cuda``, ``mps`` or ``cpu``.
    ends : frozenset of int
        Ids of the tokens that end a turn.
    context : int or None
        Most tokens of prompt and answer together, where the configuration says.
    """

    tokenizer: Any
    network: Any
    device: str
    ends: frozenset[int]
    context: int | None

    def encode(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        """Return the token ids of a prompt, as the chat template has it.

        Raises
        ------
        BadConfiguration
            Where the template refuses the messages.
        """
        from jinja2 import TemplateError

        told = [{"role": role, "content": content} for role, content in messages]
        try:
            encoded = self.tokenizer.apply_chat_template(told, add_generation_prompt=True, return_dict=True)
        except TemplateError as error:
            remedy = "correct the messages"
            if any(role == "system" for role, _ in messages):
                remedy = "give the model `system_role = false`, and the system message stands before the user's"
            raise BadConfiguration(
                f"the chat template refuses the messages ({show(error)}), expected one that takes them: {remedy}"
            ) from None
        return list(encoded["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token ids as a server would: without special tokens, its blanks as they are."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))


def check_source(model: str, revision: str | None) -> None:
    """Refuse weights that could change, or that are pickles, before anything is loaded.

    Raises
    ------
    BadConfiguration
        For a folder that does not exist or has no safetensors, and a Hub name without a full commit hash.
    """
    folder = Path(model)
    if folder.is_dir():
        if not any(folder.glob("*.safetensors")):
            raise BadConfiguration(
                f"model {show(model)}: got no *.safetensors in the folder, expected weights of that form: those in "
                "*.bin or *.pt files are pickles, which can run code, so convert them where they come from"
            )
    elif model.startswith(("/", ".", "~")) or model.count("/") > 1:
        raise BadConfiguration(f"model {show(model)}: got no such folder, expected one with weights: correct the path")
    elif revision is None or not _COMMIT.fullmatch(revision):
        raise BadConfiguration(
            f"model {show(model)}: got revision = {show(revision)}, expected the 40 hexadecimal digits of a commit: "
            "a branch or tag may move, so copy the commit from the model's page (Files, History)"
        )


def load_weights(model: str, revision: str | None, device: str | None = None) -> Weights:
    """Load a chat model and its tokenizer.

    The environment decides whether the Hub may be asked (``HF_HUB_OFFLINE=1``: only what is there already). On a CPU
    weights become float32; elsewhere they stay what they are.

    Parameters
    ----------
    model : str
        Folder or Hub name.
    revision : str or None
        Full commit hash; of no account for a folder.
    device : str, optional
        ``cuda``, ``mps`` or ``cpu``; by default the first of these that is there.

    Raises
    ------
    BadConfiguration
        As `check_source`; for weights that cannot be loaded without code of their own; for a missing chat template.
    """
    check_source(model, revision)
    try:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig
        from transformers.utils import logging
    except ImportError as error:
        raise BadConfiguration(
            f"models in process need torch and transformers ({show(error)}): pip install 'synthlift[neural]'"
        ) from None
    logging.disable_progress_bar()
    device = device or best_device()
    given = {"revision": None if Path(model).is_dir() else revision, "trust_remote_code": False}
    dtype = torch.float32 if device == "cpu" else "auto"
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, **given)
        if tokenizer.chat_template is None:
            raise BadConfiguration(
                f"model {show(model)}: got no chat template, expected one in its tokenizer: take an instruct model"
            )
        network = AutoModelForCausalLM.from_pretrained(model, use_safetensors=True, dtype=dtype, **given)
        network = network.to(device).eval()
    except (OSError, ValueError, ImportError, KeyError, SafetensorError) as error:
        raise BadConfiguration(
            f"model {show(model)}: cannot be loaded ({show(error)}), expected weights as safetensors, of an "
            "architecture that transformers knows: correct the name, or take another model"
        ) from None
    ends = _ends(network.generation_config.eos_token_id) | _ends(tokenizer.eos_token_id)
    # what it has beside the ends of a turn (top_k, repetition_penalty ...) would work unseen: a request says all
    network.generation_config = GenerationConfig(pad_token_id=min(ends, default=0))
    context = getattr(network.config.get_text_config(), "max_position_embeddings", None)
    return Weights(tokenizer, network, device, ends, context)


def best_device() -> str:
    """Return ``cuda``, ``mps`` or ``cpu``: the first that is there."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _ends(ids: int | list[int] | None) -> frozenset[int]:
    if ids is None:
        return frozenset()
    return frozenset([ids] if isinstance(ids, int) else ids)
