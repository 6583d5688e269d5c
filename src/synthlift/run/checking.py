"""Everything that can be wrong with a study, found before the first token is bought; and what it will ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from synthlift.errors import BadConfiguration, show
from synthlift.generators.orders import Order
from synthlift.models.endpoint import Endpoint, read_key
from synthlift.models.listing import listed_models
from synthlift.models.spending import estimated_tokens
from synthlift.models.weights import check_source
from synthlift.run.asking import knobs_of
from synthlift.run.filtering import check_filters
from synthlift.run.learners import learners_of
from synthlift.run.writers import NobodyAsked, Writer, writers
from synthlift.study.plan import Options
from synthlift.study.preparation import RealSide
from synthlift.study.regime import Regime
from synthlift.study.served_models import ServedModel, served_models
from synthlift.study.study_file import StudyFile
from synthlift.study.trials import expand

__all__ = ["Checked", "Volume", "check", "options_of"]

# Fewer characters than this no token of a Latin script has on average, nor has a text fewer tokens than words.
MOST_CHARS_PER_TOKEN = 6.0


@dataclass(frozen=True, slots=True)
class Volume:
    """What one generator will ask for.

    Attributes
    ----------
    title : str
    n : int
        Documents, one request each.
    least_tokens, most_tokens : int
        Prompts and answers together; the most that the caps count with.
    least_usd, most_usd : float
        By the prices of the study file.
    example : Order
        The first request.
    """

    title: str
    n: int
    least_tokens: int
    most_tokens: int
    least_usd: float
    most_usd: float
    example: Order


@dataclass(frozen=True)
class Checked:
    """A study that can be run.

    Attributes
    ----------
    side : RealSide
    volumes : sequence of Volume
    n_trials : int
        Where every text that is asked for is kept.
    unlisted : sequence of str
        Models that their server does not list, without saying that it lacks them.
    """

    side: RealSide
    volumes: Sequence[Volume]
    n_trials: int
    unlisted: Sequence[str]


def options_of(study: StudyFile) -> Options:
    """Return what the trials of a study are made of.

    Raises
    ------
    BadConfiguration
        For an unknown classifier or a regime that is none.
    """
    options = Options(
        regimes=study.regimes,
        classifiers=study.classifiers,
        replicates=study.replicates,
        seed=study.seed,
        delta=study.delta,
        metric=study.metric,
        conditions=study.conditions,
        other_conditions=study.other_conditions,
        classifier_settings=study.settings_of_classifiers(),
        audit_numerics=study.audit_numerics,
        grid=study.grid,
        fidelity_model=None if study.fidelity_model is None else study.weights(study.fidelity_model),
        fidelity_revision=study.fidelity_revision,
    )
    options.check()
    return options


def check(study: StudyFile, side: RealSide, allowed_hosts: Collection[str]) -> Checked:
    """Check names, labels, prompts, keys, servers and budget.

    Raises
    ------
    BadConfiguration
        For the first thing that cannot work: what was got, what was expected, what to do.
    """
    options = options_of(study)
    served = served_models(study)
    train = side.part("train")
    made = writers(study, train, served, dict.fromkeys(served, NobodyAsked()))
    check_filters(study.filters, made)
    volumes = [_volume(writer, writer.orders(train)) for writer in made]
    _check_caps(study, volumes)
    chosen = options.study(tuple(volume.title for volume in volumes))
    learners_of(chosen)
    n_real = {name: Regime.parse(name).n_documents(len(train), volumes[0].n) for name in chosen.regimes}
    unlisted = [name for model in served.values() for name in _check_servers(model, allowed_hosts)]
    return Checked(side, volumes, len(expand(chosen, n_real)), unlisted)


def _volume(writer: Writer, orders: Sequence[Order]) -> Volume:
    price = writer.served.price
    shortest = {family.name: family.min_words for family in writer.families}
    least = most = (0, 0)
    for order in orders:
        n_chars = sum(len(content) for _, content in order.request.messages)
        highest = estimated_tokens(order.request)
        least = least[0] + int(n_chars / MOST_CHARS_PER_TOKEN), least[1] + min(shortest[order.family], highest[1])
        most = most[0] + highest[0], most[1] + highest[1]
    usd = price.cost_usd(*least), price.cost_usd(*most)
    return Volume(writer.table.title, len(orders), sum(least), sum(most), *usd, orders[0])


def _check_caps(study: StudyFile, volumes: Sequence[Volume]) -> None:
    """Refuse a budget that cannot do, however short the answers are; one that may not do is the user's choice."""
    needs: Mapping[str, float] = {
        "requests": sum(volume.n for volume in volumes),
        "tokens": sum(volume.least_tokens for volume in volumes),
        "cost_usd": sum(volume.least_usd for volume in volumes),
    }
    for name, need in needs.items():
        cap = getattr(study.caps, name)
        if cap is not None and cap < need:
            least = f"{need:,.2f}" if name == "cost_usd" else f"{need:,.0f}"
            raise BadConfiguration(
                f"caps.{name}: got {cap:,}, expected at least {least} for what is asked for: raise it, or ask "
                "for fewer documents"
            )


def _check_servers(model: ServedModel, allowed_hosts: Collection[str]) -> list[str]:
    """Return the model's name once per server that answers and does not list it, where it lists none at all."""
    if model.simulated is not None:
        knobs_of(model)
    elif not model.endpoints:
        check_source(model.pool.model, model.pool.revision)
    key = read_key(model.api_key_env, model.endpoints, allowed_hosts)
    return [model.pool.model for endpoint in model.endpoints if not _is_listed(model.pool.model, endpoint, key)]


def _is_listed(name: str, endpoint: Endpoint, key: str | None) -> bool:
    listed = listed_models(endpoint, key)
    if listed and name not in listed:
        known = ", ".join(show(each) for each in listed[:5])
        raise BadConfiguration(f"model {show(name)} is not served by {show(endpoint.url)}: expected one of {known}")
    return bool(listed)
