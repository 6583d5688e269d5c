"""What is computed once a text, and read by the upper layers, gives what the whole network gives."""

from __future__ import annotations

import numpy as np
import pytest

from synthlift.errors import BadConfiguration
from synthlift.models.encoders import load_encoder

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")

from synthlift.classifiers.token_batches import TokenCache  # noqa: E402
from synthlift.classifiers.trunk import Trunk, pooled, token_inputs  # noqa: E402

TEXTS = ("sky", "ruby crimson rose rain river", "a text of unknown words only again and again", "rose " * 40)


@pytest.fixture(params=["bert", "modernbert", "minilm"])
def encoder(request, tiny_bert_dir, tiny_modernbert_dir):
    """Load each architecture in turn."""
    places = {"bert": tiny_bert_dir, "modernbert": tiny_modernbert_dir}
    place = places.get(request.param) or request.getfixturevalue("minilm_dir")
    return load_encoder(str(place), None, "sdpa", "cpu")


def _ids(encoder) -> list:
    return TokenCache(encoder.tokenizer, encoder.max_tokens).ids(TEXTS)[0]


@pytest.mark.parametrize("n_upper", [0, 1, 3])
def test_trunk_and_upper_layers_are_the_whole_network(encoder, n_upper):
    """The vectors of all real tokens agree, with texts of other lengths in the batch, at any cut."""
    ids, pad = _ids(encoder), encoder.tokenizer.pad_token_id
    trunk = Trunk(encoder.network, n_upper, "cpu", "fp32")
    rows = np.arange(len(TEXTS))
    given, mask = token_inputs(ids, pad, "cpu").batch(rows)
    read, own_mask = trunk.inputs(ids, pad).batch(rows)
    assert torch.equal(mask, own_mask)
    assert not mask.all()
    with torch.no_grad():
        whole = encoder.network(**given).last_hidden_state
        found = trunk.upper(**read).last_hidden_state
    assert (whole - found)[mask].abs().max() < 1e-5
    assert whole[mask].std() > 0.1


def test_layers_are_divided_and_the_network_stays_as_it_was(tiny_bert_dir):
    """The upper part has its layers alone; the loaded network, which others use, keeps all."""
    encoder = load_encoder(str(tiny_bert_dir), None, "sdpa", "cpu")
    before = sum(parameter.numel() for parameter in encoder.network.parameters())
    trunk = Trunk(encoder.network, 1, "cpu", "fp32")
    assert len(trunk.upper.encoder.layer) == 1
    names = {name.split(".")[0] for name, _ in trunk.upper.named_parameters()}
    assert "embeddings" not in names
    assert sum(parameter.numel() for parameter in encoder.network.parameters()) == before
    assert len(encoder.network.encoder.layer) == 3


def test_a_text_is_computed_once(tiny_bert_dir):
    """Copies, and texts that came before, do not go through the lower layers again; texts beyond the limit do."""
    from synthlift.classifiers import trunk as module

    encoder = load_encoder(str(tiny_bert_dir), None, "sdpa", "cpu")
    ids = _ids(encoder)
    trunk = Trunk(encoder.network, 1, "cpu", "fp32")
    passed = []
    trunk._network.embeddings.register_forward_hook(lambda *given: passed.append(len(given[2])))
    first = trunk.inputs([ids[0], ids[1], ids[0]], 0)
    assert sum(passed) == 2
    again = trunk.inputs([ids[1], ids[2]], 0)
    assert sum(passed) == 3
    assert torch.equal(first._rows[1], again._rows[0])
    assert torch.equal(first._rows[0], first._rows[2])
    limit, module.MAX_CACHED_BYTES = module.MAX_CACHED_BYTES, 0
    try:
        trunk.inputs([ids[3]], 0)
        trunk.inputs([ids[3]], 0)
    finally:
        module.MAX_CACHED_BYTES = limit
    assert sum(passed) == 5


def test_more_layers_than_there_are(tiny_bert_dir):
    """The message says how many there are."""
    encoder = load_encoder(str(tiny_bert_dir), None, "sdpa", "cpu")
    with pytest.raises(BadConfiguration, match="trainable_layers: got 4, expected at most 3"):
        Trunk(encoder.network, 4, "cpu", "fp32")


def test_an_architecture_whose_layers_are_not_found():
    """ALBERT has one layer that it passes again and again: it is told, with the way out."""
    from transformers import AlbertConfig, AlbertModel

    shape = {"vocab_size": 50, "embedding_size": 8, "hidden_size": 8, "num_hidden_layers": 3}
    network = AlbertModel(AlbertConfig(**shape, num_attention_heads=2, intermediate_size=8))
    with pytest.raises(BadConfiguration, match=r"layers of a albert model are not found.*leave the setting out"):
        Trunk(network, 1, "cpu", "fp32")


def test_pooling_reads_real_tokens_alone():
    """The mean leaves out what only fills up; `cls` is the first token."""
    tokens = torch.arange(12.0).reshape(2, 3, 2)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    assert pooled(tokens, mask, "mean").tolist() == [[1.0, 2.0], [8.0, 9.0]]
    assert pooled(tokens, mask, "cls").tolist() == [[0.0, 1.0], [6.0, 7.0]]
