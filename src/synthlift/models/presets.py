"""Six open instruct models of 3.8 to 12 billion parameters that a study can name in one word.

The choice is ours: the study that this tool follows speaks of six open models of this range, and its abstract names
none. What is said of them is a suggestion from memory, to be checked on their cards; licence notes are no legal advice.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter

from synthlift.errors import BadConfiguration, show
from synthlift.storage.canonical import JSON

__all__ = ["Preset", "model_lines", "preset", "presets"]

SERVED_CONTEXT = 8192
_Text = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Preset:
    """A model, how to ask it and how to serve it.

    Attributes
    ----------
    name : str
        Alias in a study.
    model : str
        Name on the Hub.
    parameters_billions : float
    context : int
        Most tokens of prompt and answer together.
    system_role : bool
        Whether it is sent system messages; else they stand before the user's.
    stop : tuple of str
        Tokens that end its turn: servers know them, so a request need not name them.
    temperature, top_p : float
    max_tokens : int
        Suggested sampling.
    sampling_source : str
        Where the suggestion is from.
    gated : bool
        Whether the Hub asks, or has asked, for an account that accepted the terms.
    licence, licence_note : str
        Its name, and what it says about outputs.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
    model: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]
    parameters_billions: Annotated[float, Field(gt=0)]
    context: Annotated[int, Field(ge=1024)]
    system_role: bool
    stop: Annotated[tuple[_Text, ...], Field(min_length=1)]
    temperature: Annotated[float, Field(ge=0, le=2)]
    top_p: Annotated[float, Field(gt=0, le=1)]
    max_tokens: Annotated[int, Field(ge=1)]
    sampling_source: _Text
    gated: bool
    licence: _Text
    licence_note: _Text

    @property
    def sampling(self) -> dict[str, JSON]:
        """The suggested sampling, as a request has it."""
        return {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}

    @property
    def serve_command(self) -> str:
        """A line that serves it with vLLM; COMMIT is to be replaced by a commit of its page on the Hub.

        ``--generation-config vllm`` keeps sampling defaults of the model out: a request says all there is.
        """
        options = {
            "--revision": "COMMIT",
            "--dtype": "bfloat16",
            "--max-model-len": str(min(self.context, SERVED_CONTEXT)),
            "--generation-config": "vllm",
        }
        return shlex.join(["vllm", "serve", self.model, *(word for option in options.items() for word in option)])


_FILE = TypeAdapter(dict[str, list[Preset]])


@cache
def _read() -> tuple[Preset, ...]:
    text = resources.files("synthlift.models").joinpath("presets.toml").read_text(encoding="utf-8")
    return tuple(_FILE.validate_python(tomllib.loads(text))["preset"])


def presets() -> dict[str, Preset]:
    """Return the presets by name, the smallest model first.

    >>> list(presets())[0], presets()["gemma-2-9b"].system_role
    ('phi-3.5-mini', False)
    """
    return {each.name: each for each in _read()}


def preset(name: str) -> Preset:
    """Return one preset.

    Raises
    ------
    BadConfiguration
        Where there is none of the name.
    """
    known = presets()
    if name not in known:
        raise BadConfiguration(f"preset: got {show(name)}, expected one of {', '.join(known)}: name one of these")
    return known[name]


def model_lines() -> Iterator[str]:
    """Say what there is, one fact a line and a blank line between models; lines are to be wrapped."""
    yield "Open models that a study can name; suggestions from memory, so check each card. No legal advice."
    for each in presets().values():
        system = "takes system messages" if each.system_role else "no system messages"
        gate = "the Hub may ask you to accept its terms first" if each.gated else "not gated"
        yield ""
        yield f"{each.name}  {each.model}"
        yield f"  size      {each.parameters_billions:g} billion parameters, context {each.context:,} tokens"
        yield f"  access    {gate}; {system}; its turn ends with {' '.join(each.stop)}"
        sampling = f"temperature {each.temperature:g}, top_p {each.top_p:g}, max_tokens {each.max_tokens}"
        yield f"  sampling  {sampling} ({each.sampling_source})"
        yield f"  licence   {each.licence}. {each.licence_note}"
        yield f"  serve     {each.serve_command}"
