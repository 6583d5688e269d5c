"""Ask a model behind one or several servers, each request once, with every attempt in the ledger.

The only owner of retries. An attempt's row is on disk before it is sent, and a place among the requests in flight is
free again when its answer is on disk: so a kill can cost at most as many paid answers as may be in flight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from synthlift.models.commits import Journal
from synthlift.models.endpoint import Endpoint
from synthlift.models.exchange import Exchange, changed_model
from synthlift.models.outcomes import Kind
from synthlift.models.pace import Limits
from synthlift.models.replies import read_reply
from synthlift.models.request import ChatRequest, Reply, Unanswered
from synthlift.models.spending import Spending

__all__ = ["ServerModel", "Store"]


class Store(Journal, Protocol):
    """What was asked and answered before, and where more of it goes."""

    def answered(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the raw answers of those requests that have one."""
        ...

    def n_attempts(self, keys: Iterable[str]) -> dict[str, int]:
        """Return how often each was sent."""
        ...

    def last_outcomes(self, keys: Iterable[str]) -> dict[str, tuple[str | None, str | None]]:
        """Return outcome and reason of the last attempt of each."""
        ...


class ServerModel:
    """A model behind servers of the chat completions protocol.

    Parameters
    ----------
    endpoints : sequence of Endpoint
        All serve the same model, and share the load.
    store : Store
    spending : Spending
        Told of every attempt; its caps hold.
    key : str, optional
        Sent as a bearer token.
    limits : Limits
    accept_model_change : bool
        Whether answers under another model name than the first are taken.
    watch : callable
        Told of `spending` a few times a second.
    interrupted : callable
        Whether to send nothing more; what is in flight is awaited, then KeyboardInterrupt raised.
    """

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        store: Store,
        spending: Spending,
        *,
        key: str | None = None,
        limits: Limits | None = None,
        accept_model_change: bool = False,
        watch: Callable[[Spending], None] = lambda _: None,
        interrupted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._endpoints = tuple(endpoints)
        self._store = store
        self._spending = spending
        self._key = key
        self._limits = limits if limits is not None else Limits()
        self._accepts = accept_model_change
        self._watch = watch
        self._interrupted = interrupted
        self._served: set[str] = set()
        self._reached = False

    def ask(self, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """Return one answer per request, in their order; what the store has is not asked for again.

        Raises
        ------
        Stopped
            For a refused key, a dead or failing server, a cap, a full disk: run again to go on.
        Refused
            Where the server answers under another model name than before.
        KeyboardInterrupt
            Where it was interrupted.
        """
        unique = {request.key: request for request in requests}
        found = _read(self._store.answered(unique))
        self._served |= {each.model for each in found.values() if isinstance(each, Reply) and each.model is not None}
        if len(self._served) > 1 and not self._accepts:
            raise changed_model(self._served)
        lost = {key: reason for key, (kind, reason) in self._store.last_outcomes(unique).items() if kind == Kind.ITEM}
        found |= {key: Unanswered(key, reason or "unknown") for key, reason in lost.items() if key not in found}
        todo = [request for key, request in unique.items() if key not in found]
        self._spending.begin(len(unique), len(found))
        if todo:
            found |= asyncio.run(self._round(todo).run())
            self._reached = True
        self._watch(self._spending)
        return [found[request.key] for request in requests]

    def _round(self, todo: Sequence[ChatRequest]) -> Exchange:
        n_before = self._store.n_attempts([request.key for request in todo])
        return Exchange(
            todo,
            n_before,
            self._endpoints,
            self._store,
            self._spending,
            key=self._key,
            limits=self._limits,
            served=self._served,
            reached=self._reached,
            accepts_change=self._accepts,
            watch=self._watch,
            interrupted=self._interrupted,
        )


def _read(bodies: Mapping[str, bytes]) -> dict[str, Reply | Unanswered]:
    read = {key: read_reply(key, body) for key, body in bodies.items()}
    return {key: Unanswered(key, each) if isinstance(each, str) else each for key, each in read.items()}
