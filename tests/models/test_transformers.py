"""A chat model in process: the tiny one, and a ledger of its own for each test."""

from __future__ import annotations

import json
import shutil

import pytest

from synthlift.errors import BadConfiguration
from synthlift.models import transformers as module
from synthlift.models.replies import read_reply
from synthlift.models.request import ModelPool, Reply, Unanswered
from synthlift.models.transformers import TransformersModel
from synthlift.storage.exchanges import Exchanges

pytest.importorskip("torch", reason="needs synthlift[neural]")


@pytest.fixture
def store(tmp_path):
    """Give an empty ledger."""
    with Exchanges.open(tmp_path / "ledger.db") as exchanges:
        yield exchanges


@pytest.fixture
def pool(tiny_model_dir) -> ModelPool:
    """Give the tiny model as a study names it."""
    return ModelPool("tiny", str(tiny_model_dir), None, {"temperature": 1.0, "top_p": 0.95, "max_tokens": 60})


def requests(pool: ModelPool, n: int, *, first_seed: int = 0, **sampling) -> list:
    """Return requests of unequal length, each with a seed of its own."""
    users = [f"Write text {i} about {'a wheelchair, ' * (i % 5)}please." for i in range(n)]
    return [
        pool.request("You write.", user, seed=first_seed + i, ordinal=f"test/{i}", sampling=sampling)
        for i, user in enumerate(users)
    ]


def texts(answers) -> list[str]:
    """Return the texts of replies, and fail where there is none."""
    assert all(isinstance(answer, Reply) for answer in answers), answers
    return [answer.text for answer in answers]


def test_it_answers_in_order(pool, store):
    """Each request has the reply of its key: a text of the taught kind, why it ended, and its tokens."""
    asked = requests(pool, 6)
    answers = TransformersModel(pool.model, None, store).ask(asked)
    assert [answer.key for answer in answers] == [request.key for request in asked]
    for answer in answers:
        assert len(answer.text.split()) > 8
        assert answer.finish_reason == "stop"
        assert answer.model == pool.model
        assert 0 < answer.n_completion_tokens <= 60
        assert answer.n_prompt_tokens > 20
    assert "<|" not in "".join(texts(answers))


def test_equal_seeds_repeat_and_others_differ(pool, tmp_path):
    """The same requests get the same texts from an empty ledger; other seeds get others."""
    found = []
    for name, first_seed in (("a", 0), ("b", 0), ("c", 100)):
        with Exchanges.open(tmp_path / name) as store:
            found.append(
                texts(TransformersModel(pool.model, None, store).ask(requests(pool, 6, first_seed=first_seed)))
            )
    assert found[0] == found[1]
    assert not set(found[0]) & set(found[2])
    assert len(set(found[0])) == 6


def test_a_text_does_not_depend_on_its_batch(make_tiny_model, tmp_path):
    """One at a time, a few at a time, all at once, in another order: the same texts.

    The distribution of an untrained model is flat: whatever reaches a row from its neighbours or its padding shows.
    """
    model = str(make_tiny_model(tmp_path / "untrained", n_steps=0))
    pool = ModelPool("untrained", model, None, {"max_tokens": 30})
    asked = [*requests(pool, 8), *requests(pool, 4, first_seed=50, temperature=0.0), *requests(pool, 4, max_tokens=7)]
    found = []
    for i, (batch_tokens, order) in enumerate([(1, asked), (500, asked), (10**6, asked[::-1])]):
        with Exchanges.open(tmp_path / str(i)) as store:
            answers = TransformersModel(model, None, store, batch_tokens=batch_tokens).ask(order)
            found.append({answer.key: answer for answer in answers})
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 16


def test_a_greedy_text_is_that_of_a_real_server(pool, store, real_server):
    """At temperature 0 the same weights say the same behind a server, where no random number is drawn."""
    for request in requests(pool, 4, temperature=0.0):
        body = real_server.post("/chat/completions", json.dumps(request.body).encode())
        served, here = read_reply(request.key, body), TransformersModel(pool.model, None, store).ask([request])[0]
        assert (served.text, served.finish_reason) == (here.text, here.finish_reason)
        assert served.n_prompt_tokens == here.n_prompt_tokens


def test_max_tokens_cuts_and_says_so(pool, store):
    """A text of three tokens is cut off, and no request of its batch is cut with it."""
    short, long = requests(pool, 1, max_tokens=3)[0], requests(pool, 2)[1]
    answers = TransformersModel(pool.model, None, store).ask([short, long])
    assert (answers[0].finish_reason, answers[0].n_completion_tokens) == ("length", 3)
    assert (answers[1].finish_reason, answers[1].n_completion_tokens > 3) == ("stop", True)


def test_a_stop_text_ends_a_text_before_it(pool, tmp_path):
    """With a stop the text is what stood before the first of them, in fewer tokens, and it ended by itself."""
    with Exchanges.open(tmp_path / "a") as store:
        whole = TransformersModel(pool.model, None, store).ask(requests(pool, 4))
    with Exchanges.open(tmp_path / "b") as store:
        cut = TransformersModel(pool.model, None, store).ask(requests(pool, 4, stop=[".", "never"]))
    for before, after in zip(whole, cut, strict=True):
        assert after.text == before.text.partition(".")[0]
        assert after.finish_reason == "stop"
        assert after.n_completion_tokens < before.n_completion_tokens


def test_nothing_is_generated_twice(pool, store):
    """A second ask, and one in another process later, reads the ledger; weights are not even loaded."""
    asked = requests(pool, 5)
    told = []
    model = TransformersModel(pool.model, None, store, watch=lambda done, total: told.append((done, total)))
    first = model.ask([*asked, asked[0]])
    assert told == [(5, 5)]
    again = TransformersModel(pool.model, None, store)
    assert again.ask(asked) == first[:5] == model.ask(asked)
    assert first[5] == first[0]
    assert again._weights is None
    assert told == [(5, 5)]
    assert set(store.n_attempts([request.key for request in asked]).values()) == {1}


def test_the_stored_body_is_a_chat_completion(pool, store):
    """What the ledger keeps reads as a server's answer would, and gives the very reply."""
    request = requests(pool, 1)[0]
    reply = TransformersModel(pool.model, None, store).ask([request])[0]
    body = store.answered([request.key])[request.key]
    assert read_reply(request.key, body) == reply
    value = json.loads(body)
    assert value["object"] == "chat.completion"
    assert value["choices"][0]["message"] == {"role": "assistant", "content": reply.text}
    assert value["usage"]["total_tokens"] == reply.n_prompt_tokens + reply.n_completion_tokens
    account = store.account()
    assert (account.n_attempts, account.n_maybe_billed, account.completion_tokens) == (1, 0, reply.n_completion_tokens)


def test_what_cannot_be_answered_is_recorded_once(pool, store):
    """A prompt beyond the context and a text that comes out empty have reasons, others their texts; none is retried."""
    long = pool.request("", "word " * 5000, seed=1, ordinal="long")
    empty = pool.request("", "Write.", seed=2, ordinal="empty", sampling={"stop": ["A", "B", "I", "T"]})
    asked = [long, requests(pool, 1)[0], empty]
    answers = TransformersModel(pool.model, None, store).ask(asked)
    assert answers[0] == Unanswered(long.key, "context-length")
    assert answers[2] == Unanswered(empty.key, "empty-content")
    assert texts(answers[1:2])
    assert TransformersModel(pool.model, None, store).ask(asked) == answers
    assert set(store.n_attempts([request.key for request in asked]).values()) == {1}


def test_a_stopped_run_goes_on_with_the_same_batches(pool, tmp_path, monkeypatch):
    """Interrupted after two batches, it keeps them; run again, it ends with what an undisturbed run has."""
    asked = requests(pool, 9)
    tried = _watch_batches(monkeypatch)
    with Exchanges.open(tmp_path / "whole") as store:
        whole = TransformersModel(pool.model, None, store, batch_tokens=400).ask(asked)
    undisturbed = tried[:]
    tried.clear()
    with Exchanges.open(tmp_path / "halves") as store:
        model = TransformersModel(pool.model, None, store, batch_tokens=400, interrupted=lambda: len(tried) == 2)
        with pytest.raises(KeyboardInterrupt):
            model.ask(asked)
        assert set(store.answered([request.key for request in asked])) == {key for batch in tried for key in batch}
        assert TransformersModel(pool.model, None, store, batch_tokens=400).ask(asked) == whole
        assert set(store.n_attempts([request.key for request in asked]).values()) == {1}
    assert tried == undisturbed
    assert len(tried) > 2


def _watch_batches(monkeypatch, most_rows: int = 1000) -> list[list[str]]:
    """Return the keys of each batch that is tried; let those of more rows run out of memory."""
    real, tried = module.generate, []

    def generate(prompts, weights):
        tried.append([prompt.request.key for prompt in prompts])
        if len(prompts) > most_rows:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(prompts, weights)

    monkeypatch.setattr(module, "generate", generate)
    return tried


def test_a_batch_that_memory_does_not_hold_is_halved(pool, tmp_path, monkeypatch):
    """The texts are those of a machine with more memory, and the size that failed is not tried twice."""
    asked = requests(pool, 8)
    with Exchanges.open(tmp_path / "a") as store:
        plenty = TransformersModel(pool.model, None, store).ask(asked)
    tried = _watch_batches(monkeypatch, 2)
    with Exchanges.open(tmp_path / "b") as store:
        assert TransformersModel(pool.model, None, store).ask(asked) == plenty
    assert [len(batch) for batch in tried] == [8, 4, 2, 2, 2, 2]


def test_a_request_that_memory_never_holds_is_asked_again_another_time(pool, store, monkeypatch):
    """It has its reason now, and its text on a machine that has the memory."""
    asked = requests(pool, 1)
    with monkeypatch.context() as patch:
        _watch_batches(patch, 0)
        assert TransformersModel(pool.model, None, store).ask(asked) == [Unanswered(asked[0].key, "out-of-memory")]
    assert texts(TransformersModel(pool.model, None, store).ask(asked))
    assert store.n_attempts([asked[0].key]) == {asked[0].key: 2}


def test_a_request_that_cannot_be_honoured_costs_nothing(pool, store, tmp_path):
    """A parameter in process has no meaning, or a template that refuses: no attempt of any request is made."""
    asked = [*requests(pool, 2), *requests(pool, 1, first_seed=9, top_k=5)]
    with pytest.raises(BadConfiguration, match="top_k"):
        TransformersModel(pool.model, None, store).ask(asked)
    folder = shutil.copytree(pool.model, tmp_path / "refusing")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no') }}")
    with pytest.raises(BadConfiguration, match="system_role = false"):
        TransformersModel(str(folder), None, store).ask(asked[:2])
    assert not any(store.n_attempts([request.key for request in asked]).values())


def test_a_hub_name_must_be_pinned(store):
    """The refusal comes before the first request."""
    with pytest.raises(BadConfiguration, match="commit"):
        TransformersModel("owner/name", "main", store)
