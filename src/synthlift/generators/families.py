"""Prompt families: the kinds of text that a model can be asked for, each a file of its own, with a version."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthlift.errors import BadConfiguration, show
from synthlift.storage.canonical import canonical, sha256

__all__ = ["MODES", "VARIABLES", "Family", "families", "load_family"]

MAX_BYTES = 200_000
MODES = ("synthesis", "paraphrase")
# What a template may say; each is always given, in both modes.
VARIABLES = frozenset(
    {
        *("family", "language", "collection", "categories", "show_names", "examples", "source", "variant"),
        *("as_json", "answer_id", "nonce"),
    }
)
_PARTS = re.compile(r"^===[ \t]*$", re.MULTILINE)
# a template is a program: what it can raise on values that it was not written for
_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)
_FOLDER = resources.files("synthlift.generators").joinpath("families")
# plain text goes to a model, not to a browser: there is nothing to escape
_ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    version: Annotated[int, Field(ge=1)]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    register_: Annotated[str, Field(min_length=1, alias="register")]
    patent: bool = False
    min_words: Annotated[int, Field(ge=1)] = 30
    max_words: Annotated[int, Field(ge=1, le=5000)] = 200
    synthesis: str | None = None
    paraphrase: str | None = None


@dataclass(frozen=True)
class Family:
    """A kind of text.

    Attributes
    ----------
    name, title : str
    version : int
        Raised whenever its words change.
    register : str
        Tells the model what such a text is and how it reads.
    patent : bool
        Whether it is a way of writing about inventions.
    min_words, max_words : int
        What the model is asked for.
    templates : mapping of str to str
        Jinja source by mode: a system part, a line ``===``, and a user part; or a user part alone.
    """

    name: str
    version: int
    title: str
    register: str
    patent: bool
    min_words: int
    max_words: int
    templates: Mapping[str, str]

    @cached_property
    def sha256(self) -> str:
        """Of all that reaches the model."""
        told = [self.title, self.register, self.min_words, self.max_words, dict(self.templates)]
        return sha256(canonical(told))

    def render(self, mode: str, **values: Any) -> tuple[str, str]:
        """Return the system and the user part of a prompt; `values` are all of `VARIABLES` but ``family``.

        Raises
        ------
        BadConfiguration
            Where a template of the user's fails on these values.
        """
        try:
            parts = [part.render(family=self, **values).strip() for part in self._parts[mode]]
        except _FAILURES as error:
            raise BadConfiguration(
                f"prompt family {show(self.name)}: its {mode} template fails ({show(error)}); correct it"
            ) from None
        return (parts[0], parts[1]) if len(parts) == 2 else ("", parts[0])

    @cached_property
    def _parts(self) -> dict[str, list[Template]]:
        # split before rendering: no foreign text can move what it stands in
        return {
            mode: [_ENVIRONMENT.from_string(part) for part in _PARTS.split(source, 1)]
            for mode, source in self.templates.items()
        }


def families() -> tuple[str, ...]:
    """Return the names of the families that come with the package.

    >>> families()[-1], len(families())
    ('technical-summary', 10)
    """
    return tuple(sorted(path.name.removesuffix(".toml") for path in _FOLDER.iterdir() if path.name.endswith(".toml")))


def load_family(name: str) -> Family:
    """Return a family by its name, or one of the user's own by the path of its TOML file.

    Raises
    ------
    BadConfiguration
        For an unknown name, and a file that is none: what was got, what was expected.
    """
    own = name.endswith(".toml")
    if not own and name not in families():
        raise BadConfiguration(
            f"family: got {show(name)}, expected one of {', '.join(families())}, or a path that ends in .toml"
        )
    place = f"prompt family {show(Path(name).name if own else name)}"
    text = _text(Path(name), place) if own else _FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    try:
        file = _File.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise BadConfiguration(f"{place}: {_told(error.errors()[0])}") from None
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"{place}: is no TOML ({show(error)}); correct it") from None
    if file.min_words > file.max_words:
        raise BadConfiguration(f"{place}: got min_words {file.min_words} above max_words {file.max_words}; swap them")
    templates = {mode: _checked(getattr(file, mode) or _shared(mode), mode, place) for mode in MODES}
    return Family(
        name=Path(name).stem if own else name,
        version=file.version,
        title=file.title,
        register=" ".join(file.register_.split()),
        patent=file.patent,
        min_words=file.min_words,
        max_words=file.max_words,
        templates=templates,
    )


def _told(fault: Mapping[str, Any]) -> str:
    """Say what is wrong with a key of the file."""
    key = show(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        known = (field.alias or name for name, field in _File.model_fields.items())
        return f"got an unknown key {key}, expected only {', '.join(known)}: take it out"
    if fault["type"] == "missing":
        return f"got no {key}, expected one: add it"
    expected = str(fault["msg"]).removeprefix("Input should be ").removeprefix("String should ")
    return f"{key}: got {show(fault['input'])}, expected {expected}: correct it"


def _shared(mode: str) -> str:
    return _FOLDER.joinpath(f"{mode}.j2").read_text(encoding="utf-8")


def _checked(source: str, mode: str, place: str) -> str:
    """Return a template's source if it can be rendered with what is given to it."""
    try:
        unknown = meta.find_undeclared_variables(_ENVIRONMENT.parse(source)) - VARIABLES - set(_ENVIRONMENT.globals)
        for part in _PARTS.split(source, 1):
            _ENVIRONMENT.from_string(part)
    except (TemplateError, RecursionError) as error:
        raise BadConfiguration(f"{place}: its {mode} template is broken ({show(error)}); correct it") from None
    if unknown:
        raise BadConfiguration(
            f"{place}: its {mode} template has the variable {show(min(unknown))}, expected only "
            f"{', '.join(sorted(VARIABLES))}"
        )
    return source


def _text(path: Path, place: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise BadConfiguration(f"{place}: is larger than {MAX_BYTES:,} bytes; shorten it")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise BadConfiguration(f"{place}: cannot be read ({error.strerror}); correct the path") from None
    except UnicodeDecodeError:
        raise BadConfiguration(f"{place}: is not UTF-8; save it as UTF-8") from None
    except ValueError:  # NUL in the path
        raise BadConfiguration(f"{place}: is no path, expected that of a TOML file; correct it") from None
