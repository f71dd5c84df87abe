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

    from localstore.models import AIModel


class Embedder(Protocol):
    """Turns texts into vectors."""

    lexical: bool
    """True when vectors compare words rather than meanings; answers are labelled so."""

    def embed(self, texts: Sequence[str], kind: str = "document") -> NDArray[numpy.float32]:
        """Return one vector a text, float32 of shape ``(n, dim)``; *kind* is ``document`` or ``query``."""
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
        raise NotFound(f"No embedder for provider {model.provider!r} of model {model.name!r}: there is {known}.")
    made: Embedder = module.embedder(model)
    return made
