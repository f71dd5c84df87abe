"""localstore: a local-first home for AI work, in one SQLite file.

The names below are the public ones; each is loaded when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localstore.errors import (
        Ambiguous,
        EditConflict,
        InvalidFilter,
        InvalidValue,
        LocalstoreError,
        NotFound,
        NothingToUndo,
        StoreError,
        Taken,
    )
    from localstore.filters import Filter
    from localstore.freshness import Freshness
    from localstore.store import Store

__version__ = "0.1.0"

_HOMES = {
    "Ambiguous": "errors",
    "EditConflict": "errors",
    "Filter": "filters",
    "Freshness": "freshness",
    "InvalidFilter": "errors",
    "InvalidValue": "errors",
    "LocalstoreError": "errors",
    "NotFound": "errors",
    "NothingToUndo": "errors",
    "Store": "store",
    "StoreError": "errors",
    "Taken": "errors",
}

__all__ = [
    "Ambiguous",
    "EditConflict",
    "Filter",
    "Freshness",
    "InvalidFilter",
    "InvalidValue",
    "LocalstoreError",
    "NotFound",
    "NothingToUndo",
    "Store",
    "StoreError",
    "Taken",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'localstore' has no attribute {name!r}")
    return getattr(import_module(f"localstore.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
