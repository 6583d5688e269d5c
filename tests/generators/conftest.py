"""Real documents to write from, a pool, and a model that answers by rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from synthlift.corpus import Corpus, Document
from synthlift.models.request import ChatModel, ChatRequest, ModelPool, Reply, Unanswered

Rule = Callable[[ChatRequest], Reply | Unanswered]


@dataclass
class RuleModel:
    """Answers each request by a rule, and keeps what it was asked."""

    rule: Rule
    asked: list[ChatRequest] = field(default_factory=list)

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """Answer by the rule."""
        self.asked += requests
        return [self.rule(request) for request in requests]


@pytest.fixture
def answering() -> Callable[..., ChatModel]:
    """Return what makes a model of a rule; without one it answers with the request's place."""

    def plain(request: ChatRequest) -> Reply:
        return Reply(request.key, f"A fan, {request.ordinal}.", "stop", "m", 10, 5)

    return lambda rule=plain: RuleModel(rule)


@pytest.fixture
def pool() -> ModelPool:
    return ModelPool("small", "a/model", None, {"temperature": 1.0})


@pytest.fixture
def train() -> Corpus:
    """Six documents, one of them without labels; label sets A (twice), A B, B C, C."""
    sets = (("A",), ("A",), ("A", "B"), ("B", "C"), ("C",), ())
    documents = [Document(f"r{i}", f"Real text number {i}.", labels) for i, labels in enumerate(sets)]
    return Corpus.of(documents, ("A", "B", "C", "D"))
