"""Which weights are loaded, and which are refused and why."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from synthlift.errors import BadConfiguration
from synthlift.models.weights import check_source, load_weights

pytest.importorskip("torch", reason="needs synthlift[neural]")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def folder(tiny_model_dir, tmp_path):
    """Give a copy of the tiny model's folder."""
    return shutil.copytree(tiny_model_dir, tmp_path / "model")


def test_a_folder_of_safetensors_is_loaded(tiny_model_dir):
    """Its context, and the token that ends a turn, are read from its own files."""
    weights = load_weights(str(tiny_model_dir), None, "cpu")
    assert weights.context == 4096
    assert weights.tokenizer.decode(sorted(weights.ends)) == "<|im_end|>"
    asked = weights.tokenizer.decode(weights.encode([("system", "Be brief."), ("user", "Write.")]))
    assert asked == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWrite.<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_missing_extra_is_named(tiny_model_dir, monkeypatch):
    """Without torch the message says what to install."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(BadConfiguration, match=r"synthlift\[neural\]"):
        load_weights(str(tiny_model_dir), None)


def test_blanks_stay_as_the_model_wrote_them(tiny_model_dir):
    """A blank before a comma is not tidied away, and special tokens are left out."""
    weights = load_weights(str(tiny_model_dir), None, "cpu")
    ids = weights.tokenizer("A frame , \u00e9 .<|im_end|>")["input_ids"]
    assert weights.decode(ids) == "A frame , \u00e9 ."


def test_a_folder_with_pickles_alone_is_refused(folder):
    """Weights in *.bin are not opened, and the message says what they are."""
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BadConfiguration, match=r"got no \*\.safetensors.*pickles"):
        load_weights(str(folder), None)


@pytest.mark.parametrize("revision", [None, "main", "v1.0", COMMIT[:12], COMMIT.upper(), COMMIT + "0"])
def test_a_hub_name_without_a_full_commit_is_refused(revision):
    """A branch, a tag and a short hash may move: nothing is looked up."""
    with pytest.raises(BadConfiguration, match="40 hexadecimal digits"):
        check_source("owner/name", revision)


def test_a_hub_name_with_a_commit_is_taken():
    """A full commit hash is all that is asked of a name."""
    check_source("owner/name", COMMIT)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothing", "~/models/x", "a/b/c"])
def test_a_folder_that_is_not_there_is_no_hub_name(name):
    """A path is told to be missing, with a commit or without."""
    with pytest.raises(BadConfiguration, match="no such folder"):
        check_source(name, COMMIT)


def test_a_model_that_is_not_on_this_machine_is_told(monkeypatch, tmp_path):
    """Offline, a pinned name that was never fetched is an error in one message, without a traceback."""
    import huggingface_hub.constants as hub

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(hub, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        load_weights("synthlift-tests/no-such-model", COMMIT)


def test_a_model_without_chat_template_is_refused(folder):
    """A base model has none, and a prompt without one would be another prompt."""
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(BadConfiguration, match="chat template"):
        load_weights(str(folder), None)


def test_damaged_weights_are_refused(folder):
    """A file that was cut short in its download is told in one message."""
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        load_weights(str(folder), None)


def _name_own_code(folder, marker, model_type: str) -> None:
    """Let a configuration ask for code of its own, which would leave a mark."""
    (folder / "own.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Config: ...\nclass Model: ...\n")
    config = json.loads((folder / "config.json").read_text())
    config["model_type"] = model_type
    config["auto_map"] = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
    (folder / "config.json").write_text(json.dumps(config))


def test_code_of_an_unknown_architecture_is_never_run(folder, tmp_path):
    """A model that cannot be loaded without its own code is refused, and the code stays unread."""
    _name_own_code(folder, tmp_path / "marker", "unheard-of")
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        load_weights(str(folder), None)
    assert not (tmp_path / "marker").exists()


def test_code_beside_a_known_architecture_is_never_run(folder, tmp_path):
    """Where transformers has the architecture itself, that is what is loaded."""
    _name_own_code(folder, tmp_path / "marker", "qwen2")
    assert type(load_weights(str(folder), None).network).__module__.startswith("transformers.")
    assert not (tmp_path / "marker").exists()


def test_a_template_that_refuses_system_messages_names_the_remedy(folder):
    """The error names the switch; without a system message the same template serves."""
    template = folder / "chat_template.jinja"
    refusal = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    template.write_text(refusal + template.read_text())
    weights = load_weights(str(folder), None, "cpu")
    with pytest.raises(BadConfiguration, match=r"no system role.*system_role = false"):
        weights.encode([("system", "Be brief."), ("user", "Write.")])
    assert weights.encode([("user", "Write.")])


def test_sampling_defaults_of_the_model_do_not_work_unseen(folder):
    """What its generation config says of sampling is dropped: requests say all there is."""
    path = folder / "generation_config.json"
    said = json.loads(path.read_text()) | {"repetition_penalty": 1.5, "top_k": 3, "temperature": 0.1}
    path.write_text(json.dumps(said))
    config = load_weights(str(folder), None, "cpu").network.generation_config
    assert (config.repetition_penalty, config.top_k, config.temperature, config.do_sample) == (None,) * 4
