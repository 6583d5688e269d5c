"""From the models that a study file names to what asking them needs; nothing is connected to here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from synthlift.errors import BadConfiguration, show
from synthlift.models.endpoint import Endpoint
from synthlift.models.pace import Limits
from synthlift.models.presets import preset
from synthlift.models.request import ModelPool
from synthlift.models.spending import Price
from synthlift.storage.canonical import JSON
from synthlift.study.study_file import ModelTable, StudyFile

__all__ = ["ServedModel", "served_models"]

# Sampling that writes varied texts of an abstract's length; what a study file or preset says goes before it.
SAMPLING: Mapping[str, JSON] = {"temperature": 1.0, "top_p": 0.95, "max_tokens": 512}
_OURS = ("model", "messages", "seed", "n", "stream")


@dataclass(frozen=True)
class ServedModel:
    """A model of a study, and who serves it.

    Attributes
    ----------
    pool : ModelPool
    endpoints : tuple of Endpoint
        Empty where it runs in this process.
    limits : Limits
    price : Price
    api_key_env : str or None
        Environment variable of the key.
    output_licence : str or None
        Of what the model writes, as the user states it.
    simulated : str or mapping of str to float or None
        Preset or knobs of a simulated model, which nobody serves.
    """

    pool: ModelPool
    endpoints: tuple[Endpoint, ...]
    limits: Limits
    price: Price
    api_key_env: str | None
    output_licence: str | None
    simulated: str | Mapping[str, float] | None = None


def served_models(study: StudyFile) -> dict[str, ServedModel]:
    """Return the models that the study's generators use, by alias.

    Raises
    ------
    BadConfiguration
        For an unknown preset, an address that cannot be one, or a sampling parameter that is not the user's to set.
    """
    used = dict.fromkeys(generator.model for generator in study.generators)
    return {alias: _served(alias, study.models[alias]) for alias in used}


def _served(alias: str, table: ModelTable) -> ServedModel:
    known = preset(table.preset) if table.preset is not None else None
    for name, value in table.sampling.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise BadConfiguration(f"models.{alias}.sampling: got {name} = {value}, expected a number")
        if name in _OURS:
            raise BadConfiguration(
                f"models.{alias}.sampling: got {show(name)}, which each request sets itself; take it out"
            )
    # a simulated model has its knobs for sampling parameters: others are other requests
    ours = SAMPLING if table.simulated is None else {"simulated": _plain(table.simulated)}
    sampling = {**ours, **(known.sampling if known else {}), **table.sampling}
    system_role = table.system_role if table.system_role is not None else (known.system_role if known else True)
    model = table.model or (known.model if known else "simulated")
    endpoints = tuple(Endpoint.parse(str(place), url) for place, url in enumerate(table.endpoints, start=1))
    if len({endpoint.url for endpoint in endpoints}) < len(endpoints):
        raise BadConfiguration(f"models.{alias}.endpoints: got one address twice; name each server once")
    return ServedModel(
        pool=ModelPool(alias, model, table.revision, sampling, system_role),
        endpoints=endpoints,
        limits=Limits(table.concurrency, table.timeout_s, table.max_attempts, table.max_outage_s),
        price=Price(table.price.input_per_million, table.price.output_per_million),
        api_key_env=table.api_key_env,
        output_licence=table.output_licence,
        simulated=table.simulated,
    )


def _plain(simulated: str | Mapping[str, float]) -> JSON:
    return simulated if isinstance(simulated, str) else dict(simulated)
