import pytest

from synthlift.testing import check_classifier

torch = pytest.importorskip("torch", reason="needs synthlift[neural]")

from synthlift.classifiers.encoder import EncoderClassifier  # noqa: E402


@pytest.fixture(params=["bert", "modernbert"])
def model(request, tiny_bert_dir, tiny_modernbert_dir):
    """Name the folder of each tiny encoder in turn."""
    return str(tiny_bert_dir if request.param == "bert" else tiny_modernbert_dir)


@pytest.mark.parametrize("trainable_layers", [None, 2, 0])
def test_keeps_the_contract(model, trainable_layers):
    """The conformance checks pass, whatever part of the network is trained."""
    check_classifier(lambda: EncoderClassifier(model, steps=6, trainable_layers=trainable_layers))


def test_a_real_encoder_keeps_the_contract(minilm_dir):
    """The conformance checks pass for all-MiniLM-L6-v2."""
    check_classifier(lambda: EncoderClassifier(str(minilm_dir), steps=3, folds=2, trainable_layers=1))
