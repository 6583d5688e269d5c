"""Vectors are those of SentenceTransformer.encode, each computed once, and only from weights that cannot run code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from synthlift.errors import BadConfiguration
from synthlift.models import embeddings
from synthlift.models.embeddings import Embedder, _batches, check_sentence_encoder, load_sentence_encoder

pytest.importorskip("sentence_transformers", reason="needs synthlift[neural]")

TEXTS = ("rain on the sea", "A ruby, a rose.", "", "azure " * 40, "rain on the sea", "déjà vu 雨")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, tiny_bert_dir):
    """Give a tiny sentence encoder that reads 64 tokens."""
    return str(tiny_bert_dir)


@pytest.fixture
def changed(tmp_path, tiny_bert_dir):
    """Give a copy of the tiny encoder's folder, to be changed."""
    return shutil.copytree(tiny_bert_dir, tmp_path / "model")


def test_vectors_are_those_of_encode(minilm_dir, tmp_path):
    """A real model's vectors agree with SentenceTransformer.encode to 1e-5, in the order of the texts."""
    texts = [*TEXTS, *(f"text {i} " + "of many words " * (i % 9) for i in range(60))]
    told = Embedder(str(minilm_dir), folder=tmp_path)(texts)
    expected = load_sentence_encoder(str(minilm_dir), None).encode(texts)
    assert told.vectors.dtype == np.float32
    assert np.abs(told.vectors - expected).max() < 1e-5


def test_a_prompt_that_the_model_asks_for_is_set_before_texts(tiny, tmp_path):
    """A model with a default prompt gets it, as encode gives it."""
    from sentence_transformers import SentenceTransformer

    made = SentenceTransformer(tiny, device="cpu", prompts={"topic": "navy sky "}, default_prompt_name="topic")
    made.save(str(tmp_path / "prompted"), create_model_card=False)
    embed = Embedder(str(tmp_path / "prompted"))
    vector = embed(["rain"]).vectors
    assert np.abs(vector - made.encode(["rain"])).max() < 1e-5
    assert np.abs(vector - made.encode(["rain"], prompt="")).max() > 1e-3
    assert embed(["sea " * 61, "sea " * 60]).truncated.tolist() == [True, False]  # 60, the prompt and 2 fit into 64


def test_texts_longer_than_the_context_are_told(tiny):
    """Of 62 words and two special tokens all is read, of 63 words not."""
    assert Embedder(tiny)(["sea " * 62, "sea " * 63, "sea"]).truncated.tolist() == [False, True, False]


@pytest.mark.parametrize("kept", [True, False])
def test_a_text_is_encoded_once(tiny, tmp_path, monkeypatch, kept):
    """Repeated texts, in one call or many, are encoded once; with a folder, once for all embedders."""
    folder = tmp_path if kept else None
    asked = []
    encoded = embeddings._encoded
    monkeypatch.setattr(embeddings, "_encoded", lambda model, texts: asked.extend(texts) or encoded(model, texts))
    embed = Embedder(tiny, folder=folder)
    first = embed(TEXTS)
    again = embed(["sky", *TEXTS])
    assert np.array_equal(again.vectors[1:], first.vectors)
    assert np.array_equal(again.truncated[1:], first.truncated)
    assert (embed.n_asked, embed.n_encoded, embed.n_repeated) == (11, 6, 0)
    later = Embedder(tiny, folder=folder)
    assert np.array_equal(later(TEXTS).vectors, first.vectors)
    assert later.n_encoded == (0 if kept else 5)
    assert sorted(asked) == sorted([*set(TEXTS), "sky", *([] if kept else set(TEXTS))])


def test_nothing_is_loaded_where_everything_is_found(tiny, tmp_path, monkeypatch):
    """A worker whose texts are all known needs no weights."""
    first = Embedder(tiny, folder=tmp_path)(TEXTS).vectors
    monkeypatch.setattr(embeddings, "load_sentence_encoder", lambda *_: pytest.fail("weights were loaded"))
    assert np.array_equal(Embedder(tiny, folder=tmp_path)(TEXTS).vectors, first)


def test_other_weights_have_other_vectors(tiny, changed, tmp_path):
    """A changed weight, configuration or tokenizer file is another model: its vectors are made anew."""
    Embedder(tiny, folder=tmp_path)(TEXTS)
    config = json.loads((changed / "config.json").read_text())
    (changed / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 0.5}))
    other = Embedder(str(changed), folder=tmp_path)
    other(TEXTS)
    assert other.n_encoded == 5
    assert len([path for path in tmp_path.iterdir() if len(path.name) == 64]) == 2


def test_a_cache_file_cut_short_is_computed_again(tiny, tmp_path):
    """Vectors that lost their end are not used, and stand whole afterwards."""
    first = Embedder(tiny, folder=tmp_path)(TEXTS).vectors
    (path,) = tmp_path.rglob("*.npy")
    path.write_bytes(path.read_bytes()[:-4])
    again = Embedder(tiny, folder=tmp_path)
    assert np.abs(again(TEXTS).vectors - first).max() < 1e-6
    assert again.n_encoded == 5
    last = Embedder(tiny, folder=tmp_path)
    last(TEXTS)
    assert last.n_encoded == 0


def test_progress_is_told_and_what_was_written_is_not_done_again(tiny, tmp_path, monkeypatch):
    """Each shard is told, and survives a run that ends before the next one."""
    monkeypatch.setattr(embeddings, "TEXTS_A_SHARD", 2)

    def killed(done, total):
        told.append((done, total))
        if done >= 4:
            raise KeyboardInterrupt

    told = []
    with pytest.raises(KeyboardInterrupt):
        Embedder(tiny, folder=tmp_path)(TEXTS, killed)
    resumed = Embedder(tiny, folder=tmp_path)
    resumed(TEXTS, lambda *step: told.append(step))
    assert told == [(2, 5), (4, 5), (1, 1)]
    assert resumed.n_encoded == 1


ENCODE = """
import json, sys
from multiprocessing import resource_tracker
from synthlift.models.embeddings import Embedder, load_sentence_encoder
model, folder, texts = json.loads(sys.argv[1])
load_sentence_encoder(model, None)
embed = Embedder(model, folder=folder)
print("ready", flush=True)
sys.stdin.readline()
vectors = embed(texts).vectors
print(json.dumps([vectors.tolist(), embed.n_encoded, resource_tracker._resource_tracker._fd is not None]))
"""


def test_two_processes_share_a_cache(tiny, tmp_path):
    """Both get vectors, and a third needs to make none; what both encoded at once is counted.

    Neither holds a lock between processes: a worker that is ended would leave it behind, which Python tells the user.
    """
    texts = [[f"text{i} sea" for i in range(start, start + 20)] for start in (0, 5)]
    commands = [[sys.executable, "-c", ENCODE, json.dumps([tiny, str(tmp_path), own])] for own in texts]
    processes = [
        subprocess.Popen(one, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for one in commands
    ]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate(timeout=60)[0]) for process in processes]
    third = Embedder(tiny, folder=tmp_path)
    for own, (vectors, _, holds_lock) in zip(texts, answers, strict=True):
        assert np.abs(third(own).vectors - np.array(vectors)).max() < 1e-5
        assert not holds_lock
    assert third.n_encoded == 0
    assert third.n_repeated == sum(n for _, n, _ in answers) - 25


def test_batches_hold_their_budget():
    """Every row is in one batch, the longest come first, and none but a single text exceeds the budget."""
    n_tokens = np.array([3, 900, 5, 0, 40, 40, 3000, 7, 100])
    batches = list(_batches(n_tokens, 200))
    assert [batch.tolist() for batch in batches] == [[6], [1], [8, 4], [5, 7, 2, 0, 3]]
    assert list(_batches(n_tokens[:0], 200)) == []


def test_a_folder_without_safetensors_is_refused(changed):
    """Weights that are a pickle are told before anything is loaded."""
    (changed / "model.safetensors").rename(changed / "pytorch_model.bin")
    with pytest.raises(BadConfiguration, match=r"no \*\.safetensors"):
        Embedder(str(changed))


def test_a_part_whose_weights_are_a_pickle_is_refused(changed):
    """A projection on top of the network is looked at too."""
    (changed / "2_Dense").mkdir()
    (changed / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(BadConfiguration, match=r"'pytorch_model\.bin' in '2_Dense'"):
        check_sentence_encoder(str(changed), None)
    (changed / "2_Dense" / "model.safetensors").write_bytes(b"")
    check_sentence_encoder(str(changed), None)


@pytest.mark.parametrize("revision", [None, "main", "abc123"])
def test_a_hub_name_needs_its_commit(revision):
    """A branch or nothing is refused: weights must not change between runs."""
    with pytest.raises(BadConfiguration, match="40 hexadecimal digits"):
        Embedder("sentence-transformers/all-MiniLM-L6-v2", revision)


def test_code_of_the_model_is_not_run(changed):
    """A module that is not of sentence-transformers is refused, and its file is not imported."""
    (changed / "evil.py").write_text("raise SystemExit('run')\n")
    modules = [{"idx": 0, "name": "0", "path": "", "type": "evil.Module"}]
    (changed / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(BadConfiguration, match="no code of its own"):
        load_sentence_encoder(str(changed), None)


def test_weights_that_are_none_are_told(changed):
    """A damaged file is an error in one message."""
    weights = next(changed.glob("*.safetensors"))
    content = weights.read_bytes()
    weights.unlink()  # it may be a link to what others read
    weights.write_bytes(content[:1000])
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        load_sentence_encoder(str(changed), None)
    weights.write_bytes(content)
    (changed / "config.json").write_text("{}")
    with pytest.raises(BadConfiguration, match="cannot be loaded"):
        load_sentence_encoder(str(changed), None)


def test_a_missing_package_is_told(changed, monkeypatch):
    """Without the extra the message names what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "sentence_transformers" else name)
    with pytest.raises(BadConfiguration, match=r"sentence_transformers.*pip install 'synthlift\[neural\]'"):
        Embedder(str(changed))
