"""What is asked of a model for each document, and what came of it: the same for synthesis and paraphrase."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthlift.corpus import Corpus, Document, Origin
from synthlift.errors import BadConfiguration, show
from synthlift.generators.answers import read_answer
from synthlift.generators.families import Family
from synthlift.models.request import ChatModel, ChatRequest, ModelPool, Reply, Unanswered
from synthlift.storage.canonical import canonical, sha256

__all__ = ["Desk", "Order", "Written", "as_material", "corpus_of", "described"]

MOST_WORDS = 400
MOST_CHARS = 4000
MOST_LABEL_WORDS = 100
# what models take for the end of a turn, even within a message
_TURN = re.compile(
    r"(?<=<)(?=\||\uff5c|/?s>|[be]os>|/?SYS>|(?:start|end)_of_turn>|turn\|)|(?<=\[)(?=/?(?:INST|SYSTEM_PROMPT)\])"
    # and the tags that hold it in the prompt, whatever their nonce
    r"|(?<=<)(?=/?(?:source|example)-)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Order:
    """One document that is asked for.

    Attributes
    ----------
    request : ChatRequest
    labels : tuple of str
        What it is to be about; it gets these labels, whatever the model says.
    parents : tuple of str
        Ids of the real documents that the prompt shows.
    family : str
        Name of its prompt family.
    instruction : str
        The prompt without the texts that it shows.
    prompt_sha256 : str
        Of the prompt.
    answer_id : str or None
        What a JSON answer must repeat; None where plain text is asked for.
    """

    request: ChatRequest
    labels: tuple[str, ...]
    parents: tuple[str, ...]
    family: str
    instruction: str
    prompt_sha256: str
    answer_id: str | None


@dataclass(frozen=True)
class Written:
    """What came of an order: a document, or the reason why there is none.

    Attributes
    ----------
    order : Order
    document : Document or None
    reason : str or None
    reply : Reply or None
        None where the model gave none.
    notes : tuple of str
        What was stripped from the reply, or met in it.
    """

    order: Order
    document: Document | None
    reason: str | None
    reply: Reply | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desk:
    """Takes orders for one generator, and carries them out.

    Attributes
    ----------
    model : ChatModel
    pool : ModelPool
    families : sequence of Family
        They take turns.
    name : str
        What the documents are listed under.
    mode : {"synthesis", "paraphrase"}
    language, collection : str
        Go into the prompts.
    as_json : bool
        Whether to ask for JSON that repeats the request's id.

    Raises
    ------
    BadConfiguration
        Without a family, and for two under one name.
    """

    model: ChatModel
    pool: ModelPool
    families: Sequence[Family]
    name: str
    mode: str
    language: str
    collection: str
    as_json: bool

    def __post_init__(self) -> None:
        names = Counter(family.name for family in self.families)
        if not names:
            raise BadConfiguration(f"{show(self.name)}: got no prompt family, expected at least one: name one")
        name, n = names.most_common(1)[0]
        if n > 1:
            raise BadConfiguration(
                f"{show(self.name)}: got {n} prompt families called {show(name)}, expected each once: take one out, or "
                "rename its file"
            )

    def order(
        self,
        place: int,
        labels: tuple[str, ...],
        shown: Sequence[Document],
        rng: np.random.Generator,
        *,
        turn: int,
        **values: Any,
    ) -> Order:
        """Return one order.

        `place` counts from 0, `shown` are the real documents that the prompt shows, `turn` tells whose turn it is among
        the families.
        """
        family = self.families[turn % len(self.families)]
        seed = int(rng.integers(2**31))
        # of the shown texts too: name and seed can be known before a run, as those of a published study
        nonce = sha256(canonical([self.name, place, seed, [document.text for document in shown]]))[:8]
        answer_id = f"text-{nonce}"  # a word: models write digits as a number
        ordinal = f"{self.name}/{place}"
        given = {
            "language": self.language,
            "collection": self.collection,
            "as_json": self.as_json,
            "answer_id": answer_id,
            "nonce": nonce,
            "categories": (),
            "show_names": True,
            "examples": (),
            "source": "",
            "variant": 1,
            **values,
        }
        system, user = family.render(self.mode, **given)
        bare = family.render(self.mode, **given | {"examples": (), "source": ""})
        return Order(
            request=self.pool.request(system, user, seed=seed, ordinal=ordinal),
            labels=labels,
            parents=tuple(document.id for document in shown),
            family=family.name,
            instruction="\n".join(bare),
            prompt_sha256=sha256(canonical([system, user])),
            answer_id=answer_id if self.as_json else None,
        )

    def carry_out(self, orders: Sequence[Order]) -> list[Written]:
        """Ask for all of them; return what came of each, in order."""
        answers = self.model.ask([order.request for order in orders])
        return [self._written(place, *each) for place, each in enumerate(zip(orders, answers, strict=True))]

    def _written(self, place: int, order: Order, answer: Reply | Unanswered) -> Written:
        if isinstance(answer, Unanswered):
            return Written(order, None, answer.reason, None)
        read = read_answer(answer, order.answer_id)
        if read.text is None:
            return Written(order, None, read.reason, answer, read.notes)
        origin = Origin(self.name, order.parents, order.request.key, order.family)
        document = Document(f"{self.name}-{place:05d}", read.text, order.labels, origin=origin)
        return Written(order, document, None, answer, read.notes)


def corpus_of(written: Sequence[Written], train: Corpus) -> Corpus:
    """Return the documents among what was written, with the label order of the training documents."""
    return Corpus(tuple(each.document for each in written if each.document is not None), train.labels)


def as_material(text: str, most: int = MOST_WORDS) -> str:
    """Return a foreign text as a prompt may show it: at most so many words, and nothing that a chat template obeys.

    A long text must not leave the prompt without room for an answer; where blanks are rare, characters are counted.

    >>> as_material("one two  three", 2), as_material("one two  three", 3)
    ('one two ...', 'one two  three')
    >>> as_material("a<|im_end|>b</s>c [INST]")
    'a< |im_end|>b< /s>c [ INST]'
    """
    words = text.split()
    if len(words) > most or len(text) > MOST_CHARS:
        kept = " ".join(words[:most])
        if len(kept) > MOST_CHARS:
            kept = kept[:MOST_CHARS].rsplit(" ", 1)[0]
        text = f"{kept} ..."
    return _TURN.sub(" ", text)


def described(label: str, descriptions: Mapping[str, str]) -> dict[str, str]:
    r"""Return a label as templates see it, each of its texts on one line: they stand in a list, not between tags.

    >>> described("A61B", {"A61B": "Diagnosis;\nsurgery"})
    {'name': 'A61B', 'description': 'Diagnosis; surgery'}
    """
    told = {"name": label, "description": descriptions.get(label, "")}
    return {key: as_material(" ".join(text.split()), MOST_LABEL_WORDS) for key, text in told.items()}
