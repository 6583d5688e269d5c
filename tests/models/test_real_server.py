"""The real server of the tests, by plain HTTP."""

from __future__ import annotations

import json


def completion(server, **sampling) -> dict:
    messages = [{"role": "system", "content": "You write abstracts."}, {"role": "user", "content": "Write one."}]
    body = {"model": server.model, "messages": messages, "max_tokens": 80, "temperature": 0.8, **sampling}
    return json.loads(server.post("/chat/completions", json.dumps(body).encode()))


def test_it_answers_a_chat_completion(real_server):
    """A text of the taught kind comes back, with a reason for its end and a count of tokens."""
    answer = completion(real_server, seed=1)
    text = answer["choices"][0]["message"]["content"]
    assert len(text.split()) > 8
    assert "the" in text.lower().split()
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert 0 < answer["usage"]["completion_tokens"] < 80


def test_it_honours_a_seed(real_server):
    """Equal seeds give equal texts, others give others."""
    texts = [completion(real_server, seed=seed)["choices"][0]["message"]["content"] for seed in (5, 5, 6, 7)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3


def test_it_cuts_at_max_tokens(real_server):
    """A text that is cut off says so."""
    answer = completion(real_server, seed=1, max_tokens=5)
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 5
