"""The keys of every place, one file for each: a screen of its own adds a file here, and touches no list."""

from __future__ import annotations

import pkgutil
from importlib import import_module


def load_all() -> None:
    """Import every file of this folder: each registers its scopes and keys."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
