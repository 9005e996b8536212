"""How a command says no: one clear line on stderr and a non-zero exit."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import click

from app.core.errors import Refused

P = ParamSpec("P")
R = TypeVar("R")


def says_why(command: Callable[P, R]) -> Callable[P, R]:
    """A refusal is one clear line on stderr and a non-zero exit."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Refused as no:
            raise click.ClickException(str(no)) from no

    return wrapped
