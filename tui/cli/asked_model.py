"""``--model`` of commands that ask a model: the option of FILTER, with another meaning, so that there is only one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from tui.cli.filtering import filter_options

if TYPE_CHECKING:
    from localstore.filters import Filter

ASKED = "The model whose vectors are compared; needed when several have some."


def filter_with_model(text: str = ASKED) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of FILTER; the function gets ``where`` without a model, and ``model``, described by *text*."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @filter_options
        @wraps(function)
        def call(*args: Any, where: Filter, **kwargs: Any) -> Any:
            return function(*args, where=where.also(model=None), model=where.model, **kwargs)

        for option in call.__click_params__:  # type: ignore[attr-defined]
            if option.name == "model":
                option.help = text
        return call

    return decorate
