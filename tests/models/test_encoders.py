"""Which encoders are loaded, what is known of them, and what is refused and why."""

from __future__ import annotations

import json
import shutil

import pytest

from synthlift.errors import BadConfiguration
from synthlift.models.encoders import check_encoder, load_encoder, weights_identity

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")


@pytest.fixture
def folder(tiny_bert_dir, tmp_path):
    """Give a copy of the tiny BERT's folder."""
    return shutil.copytree(tiny_bert_dir, tmp_path / "model")


def _refused(folder, attention: str = "sdpa") -> str:
    with pytest.raises(BadConfiguration) as caught:
        load_encoder(str(folder), None, attention, "cpu")
    message = str(caught.value)
    assert "expected" in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("kind", ["bert", "modernbert"])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_an_encoder_is_loaded_once_in_full_precision(kind, attention, tiny_bert_dir, tiny_modernbert_dir):
    """Its weights are float32, in evaluation mode, with the attention asked for; a second call gives the same."""
    place = str(tiny_bert_dir if kind == "bert" else tiny_modernbert_dir)
    encoder = load_encoder(place, None, attention, "cpu")
    assert encoder is load_encoder(place, None, attention, "cpu")
    assert {parameter.dtype for parameter in encoder.network.parameters()} == {torch.float32}
    assert not encoder.network.training
    assert encoder.network.config._attn_implementation == attention
    assert (encoder.max_tokens, encoder.device) == (64, "cpu")


def test_what_a_text_may_be_long_is_the_least_that_is_said(folder):
    """The tokenizer's limit counts where it is below the positions; a tokenizer without one leaves these."""
    path = folder / "tokenizer_config.json"
    said = json.loads(path.read_text())
    for limit, expected in ((20, 20), (10**30, 64)):
        copy = shutil.copytree(folder, folder.with_name(f"limit-{expected}"))
        (copy / path.name).write_text(json.dumps(said | {"model_max_length": limit}))
        assert load_encoder(str(copy), None, "sdpa", "cpu").max_tokens == expected


@pytest.mark.parametrize("left", ["nothing", "a pickle"])
def test_a_folder_without_safetensors_is_refused(folder, left):
    """Weights that are missing, or pickled, are not looked for further, and the message says what pickles are."""
    weights = folder / "model.safetensors"
    if left == "a pickle":
        torch.save({}, folder / "pytorch_model.bin")
    weights.unlink()
    assert "got no *.safetensors in the folder" in _refused(folder)
    with pytest.raises(BadConfiguration, match="pickles"):
        check_encoder(str(folder), None)


def test_damaged_weights_are_refused(folder):
    """A file that was cut short in its download is told in one message."""
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "cannot be loaded" in _refused(folder)


def test_weights_that_lack_a_layer_are_refused(folder):
    """What is missing would be random: it is named; a pooler, which is not used, may be missing."""
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    weights = {name: tensor for name, tensor in load_file(path).items() if not name.startswith("pooler.")}
    save_file(weights, path, {"format": "pt"})
    load_encoder(str(folder), None, "sdpa", "cpu")
    load_encoder.cache_clear()
    save_file({name: tensor for name, tensor in weights.items() if ".layer.1." not in name}, path, {"format": "pt"})
    message = _refused(folder)
    assert "got no weights for 'encoder.layer.1.attention.output.LayerNorm.bias' and 15 more" in message


def test_weights_of_another_shape_are_refused(folder):
    """Files that do not fit together are told in one message."""
    config = json.loads((folder / "config.json").read_text()) | {"intermediate_size": 32}
    (folder / "config.json").write_text(json.dumps(config))
    assert "cannot be loaded" in _refused(folder)


def test_a_decoder_is_refused(make_tiny_model, tmp_path):
    """A chat model reads each token without those after it: it is named, and what to take instead."""
    message = _refused(make_tiny_model(tmp_path / "decoder", n_steps=0))
    assert "a qwen2 model that writes text" in message
    assert "take one such as BERT" in message


def test_a_model_of_encoder_and_decoder_is_refused(folder):
    """T5 and its like write text."""
    from transformers import T5Config, T5Model

    shape = {"vocab_size": 400, "d_model": 16, "d_kv": 4, "d_ff": 32, "num_layers": 1, "num_heads": 2}
    T5Model(T5Config(**shape, decoder_start_token_id=0)).save_pretrained(folder)
    assert "a t5 model that writes text" in _refused(folder)


def test_a_tokenizer_that_cannot_pad_is_refused(folder):
    """Without a token for padding, texts of different lengths make no batch."""
    for name, key in (("tokenizer_config.json", "pad_token"), ("special_tokens_map.json", "pad_token")):
        path = folder / name
        if path.exists():
            path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != key}))
    assert "got a tokenizer that cannot pad" in _refused(folder)


def test_an_unknown_attention_is_refused(tiny_bert_dir):
    """A name that transformers does not know is told together with the model."""
    message = _refused(tiny_bert_dir, "quick")
    assert "cannot be loaded" in message
    assert "quick" in message


@pytest.mark.parametrize("revision", [None, "main", "0123456"])
def test_a_hub_name_without_a_full_commit_is_refused(revision):
    """Nothing is looked up for what may move."""
    with pytest.raises(BadConfiguration, match="40 hexadecimal digits"):
        check_encoder("owner/name", revision)


def test_an_encoder_that_is_not_on_this_machine_is_told(monkeypatch, tmp_path):
    """Offline, a pinned name that was never fetched is one message."""
    import huggingface_hub.constants as hub

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        load_encoder("synthlift-tests/no-such-encoder", "0" * 40)


def test_the_identity_is_that_of_the_content(folder, tiny_modernbert_dir, make_tiny_encoder, tmp_path):
    """It stays when the folder moves or gets a readme; other weights, or another tokenizer, are another model."""
    own = weights_identity(str(folder), None)
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    (moved / "README.md").write_text("about")
    assert weights_identity(str(moved), None) == own
    other_words = shutil.copytree(folder, tmp_path / "words")
    (other_words / "tokenizer.json").write_text((folder / "tokenizer.json").read_text() + "\n")
    other_weights = make_tiny_encoder(tmp_path / "weights", "bert", seed=1)
    others = [weights_identity(str(one), None) for one in (other_words, other_weights, tiny_modernbert_dir)]
    hub = [weights_identity("owner/name", digit * 40) for digit in "01"]
    assert len({own, *others, *hub}) == 6


@pytest.mark.parametrize("model_type", ["unheard-of", "bert"])
def test_code_beside_the_weights_is_never_run(folder, tmp_path, model_type):
    """An architecture of its own is refused; one that transformers has is taken from there."""
    marker = tmp_path / "marker"
    (folder / "own.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Config: ...\nclass Model: ...\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": model_type, "auto_map": {"AutoConfig": "own.Config", "AutoModel": "own.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    if model_type == "bert":
        network = load_encoder(str(folder), None, "sdpa", "cpu").network
        assert type(network).__module__.startswith("transformers.")
    else:
        assert "cannot be loaded" in _refused(folder)
    assert not marker.exists()
