"""Embedders: text to vectors, one file per provider, found by the provider's name of an AI model.

A module here that defines ``PROVIDER`` (the name in ``ai_models.provider``) and ``embedder(model)`` is a provider;
adding one adds a file.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from localstore.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy
    from numpy.typing import NDArray

    from localstore.embedders.limits import Limit
    from localstore.models import AIModel


class Embedder(Protocol):
    """Turns texts into vectors. May be called from any thread, by one at a time."""

    @property
    def lexical(self) -> bool:
        """True when vectors compare words rather than meanings; answers are labelled so."""
        ...

    @property
    def dim(self) -> int | None:
        """The length of the vectors; None where only the first vector will tell."""
        ...

    @property
    def batch(self) -> int:
        """How many texts go well together."""
        ...

    @property
    def limit(self) -> Limit | None:
        """How much of a text is taken; what is longer is cut. None: everything, or nobody knows."""
        ...

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        """Return one vector a text, float32 of shape ``(n, dim)``; *kind* is ``document`` or ``query``.

        Raises EmbedderUnavailable for a service that is down, busy or slow, RefusedText (an InvalidValue) for texts
        that it does not take, and InvalidValue for an answer that makes no sense.
        """
        ...


@cache
def providers() -> dict[str, Any]:
    """Return the provider modules by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.PROVIDER: module for module in modules if hasattr(module, "PROVIDER")}


def embedder(model: AIModel) -> Embedder:
    """Return what embeds texts for an AI model; NotFound names the known providers."""
    module = providers().get(model.provider)
    if module is None:
        known = ", ".join(sorted(providers()))
        raise NotFound(
            f"No embedder for provider {model.provider!r} of model {model.name!r}: there is {known}."
            " Its vectors can still be asked by --vector or --like."
        )
    made: Embedder = module.embedder(model)
    return made
