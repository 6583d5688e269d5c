"""The models of a study, ready to be asked, and what their servers are found to honour."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields

from synthlift.errors import BadConfiguration, show
from synthlift.models.client import ServerModel
from synthlift.models.endpoint import read_key
from synthlift.models.pace import Limits
from synthlift.models.probe import capabilities, probe_requests
from synthlift.models.request import ChatModel
from synthlift.models.spending import DEFAULT_COMPLETION_TOKENS, Caps, Spending
from synthlift.simulation import PRESETS, Knobs
from synthlift.simulation.chat import SimulatedModel
from synthlift.storage.canonical import JSON, canonical, sha256
from synthlift.storage.exchanges import Account, Exchanges
from synthlift.storage.ledger import Ledger
from synthlift.study.served_models import ServedModel
from synthlift.study.study_file import StudyFile

__all__ = ["Asking", "begun", "chat_models", "knobs_of", "probed"]

PROBES = "probes"


@dataclass(frozen=True)
class Asking:
    """How models are asked, whoever they are.

    Attributes
    ----------
    exchanges : Exchanges
    spending : Spending
    allowed_hosts : collection of str
        Hosts that may be told a key.
    accepts_change : bool
        Whether a server may answer under another model name than before.
    watch, interrupted : callable
        As of `ServerModel`.
    """

    exchanges: Exchanges
    spending: Spending
    allowed_hosts: Collection[str]
    accepts_change: bool
    watch: Callable[[Spending], None]
    interrupted: Callable[[], bool]


def begun(study: StudyFile, served: Mapping[str, ServedModel], exchanges: Exchanges) -> Spending:
    """Return the spending of a run so far, under the caps of its study file."""
    caps = Caps(study.caps.requests, study.caps.tokens, study.caps.cost_usd, study.caps.hours)
    prices = {alias: model.price for alias, model in served.items()}
    spending = Spending(caps, prices)
    account = exchanges.account()
    spending.n_sent = account.n_attempts - account.n_by_outcome.get("unsent", 0)
    for alias, part in account.by_pool.items():
        n_prompt, n_completion = _with_uncounted(part)
        spending.n_tokens += n_prompt + n_completion
        if alias in prices:
            spending.cost_usd += prices[alias].cost_usd(n_prompt, n_completion)
    return spending


def _with_uncounted(account: Account) -> tuple[int, int]:
    """Return tokens of prompts and answers; what may be billed and was not counted is as long as the mean."""
    n_counted = account.n_by_outcome.get("done", 0) - account.n_unknown_usage
    n_uncounted = account.n_unknown_usage + account.n_maybe_billed
    if n_counted == 0:
        return 0, n_uncounted * DEFAULT_COMPLETION_TOKENS
    share = 1.0 + n_uncounted / n_counted
    return round(account.prompt_tokens * share), round(account.completion_tokens * share)


def chat_models(served: Mapping[str, ServedModel], asking: Asking) -> dict[str, ChatModel]:
    """Return each model, by alias; nothing is connected to and no weights are loaded before the first question.

    Raises
    ------
    BadConfiguration
        For a key that is missing, or that a host may not be told.
    """
    return {alias: _chat_model(model, asking) for alias, model in served.items()}


def _chat_model(model: ServedModel, asking: Asking) -> ChatModel:
    if model.endpoints:
        return _server(model, asking, model.limits)

    def watch(n_done: int, n_total: int) -> None:
        asking.spending.begin(n_total, 0)
        asking.spending.done = n_done
        asking.watch(asking.spending)

    if model.simulated is not None:
        return SimulatedModel(knobs_of(model), asking.exchanges, watch=watch, interrupted=asking.interrupted)
    from synthlift.models.transformers import TransformersModel

    pool = model.pool
    return TransformersModel(pool.model, pool.revision, asking.exchanges, watch=watch, interrupted=asking.interrupted)


def knobs_of(model: ServedModel) -> Knobs:
    """Return the knobs of a simulated model.

    Raises
    ------
    BadConfiguration
        For a knob that there is not.
    """
    if isinstance(model.simulated, str):
        return PRESETS[model.simulated]
    given = dict(model.simulated or {})
    known = [field.name for field in fields(Knobs)]
    unknown = [name for name in given if name not in known]
    if unknown:
        raise BadConfiguration(
            f"models.{model.pool.alias}.simulated: got {show(unknown[0])}, expected some of {', '.join(known)}"
        )
    return Knobs(**given)


def _server(model: ServedModel, asking: Asking, limits: Limits, only: int | None = None) -> ServerModel:
    return ServerModel(
        model.endpoints if only is None else model.endpoints[only : only + 1],
        asking.exchanges,
        asking.spending,
        key=read_key(model.api_key_env, model.endpoints, asking.allowed_hosts),
        limits=limits,
        accept_model_change=asking.accepts_change,
        watch=asking.watch,
        interrupted=asking.interrupted,
    )


def probed(model: ServedModel, asking: Asking, ledger: Ledger, *, asks: bool) -> list[JSON]:
    """Return what each server of a model honours, asking those that were not asked yet where anything will be asked.

    The finding is stored: a server that answers a probe with an error has been asked all the same.

    Raises
    ------
    Stopped
        Where a server cannot be reached, or refuses the key; nothing else was asked then.
    """
    known = dict(ledger.get(PROBES) or {})
    once = Limits(len(model.endpoints) or 1, model.limits.timeout_s, 1, model.limits.max_outage_s, breaks=False)
    for place, endpoint in enumerate(model.endpoints):
        name = sha256(f"{model.pool.model} {endpoint.url}")
        if asks and name not in known:
            requests = probe_requests(model.pool, endpoint)
            _server(model, asking, once, place).ask(list(requests.values()))
            bodies = asking.exchanges.answered(request.key for request in requests.values())
            shown = {what: bodies[request.key] for what, request in requests.items() if request.key in bodies}
            known[name] = {"of": model.pool.model, "endpoint": endpoint.name, **asdict(capabilities(shown))}
            ledger.put(PROBES, known)
    # of all servers that were asked, whatever the study file names now: the texts are theirs
    return [
        {name: value for name, value in finding.items() if name != "of"}
        for finding in sorted(known.values(), key=canonical)
        if finding["of"] == model.pool.model
    ]
