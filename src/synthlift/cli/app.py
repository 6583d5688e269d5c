"""The application that commands are registered with, and how their errors are told."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import typer

from synthlift.cli.telling import complain
from synthlift.errors import SynthliftError

__all__ = ["app", "told"]

Command = TypeVar("Command", bound=Callable[..., None])

app = typer.Typer(
    name="synthlift",
    help="Does LLM-generated text help your multi-label classifier, or would any extra volume have done the same?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def told(command: Command) -> Command:
    """Make every expected error one message and an exit code."""

    @functools.wraps(command)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except SynthliftError as error:
            complain(str(error))
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt:
            complain("interrupted; run the same command again to go on")
            raise typer.Exit(130) from None

    return cast("Command", told)
