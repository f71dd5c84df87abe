"""The registry of formats: every module in ``formats/`` that holds a ``FORMAT``."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from localstore.errors import TransferError
from localstore.transfer.format import STREAM, Format
from localstore.transfer.sample import look

PACKAGE = "localstore.transfer.formats"


@cache
def formats() -> dict[str, Format]:
    """Return every format by name, those of items first; the modules are imported at the first call."""
    package = importlib.import_module(PACKAGE)
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{PACKAGE}.{name}") for name in names]
    found = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {entry.name: entry for entry in sorted(found, key=lambda entry: entry.holds_vectors)}


def named(name: str) -> Format:
    """Return the format called *name*; raises TransferError with the names there are."""
    try:
        return formats()[name]
    except KeyError:
        raise TransferError(f"no format is called {name!r}: choose from {', '.join(formats())}") from None


def writer_named(name: str) -> Format:
    """Return the format called *name* when it can be written, else raise TransferError."""
    if not (found := named(name)).can_write:
        raise TransferError(f"{name} is read but not written: choose from {', '.join(writers())}")
    return found


def writers() -> dict[str, Format]:
    """Return the formats that can be written."""
    return {name: entry for name, entry in formats().items() if entry.can_write}


def readers() -> dict[str, Format]:
    """Return the formats that can be read."""
    return {name: entry for name, entry in formats().items() if entry.can_read}


def reader_named(name: str) -> Format:
    """Return the format called *name* when it can be read, else raise TransferError."""
    if not (found := named(name)).can_read:
        raise TransferError(f"{name} is written but not read: choose from {', '.join(readers())}")
    return found


def for_destination(dest: Path) -> Format:
    """Choose the format to write by the destination's name; a name without an extension means a folder."""
    suffix = dest.suffix.lower()
    for entry in writers().values():
        if suffix in entry.extensions:
            return entry
    if dest == STREAM:
        return named("jsonl")
    if not suffix or dest.is_dir():
        return named("markdown")
    raise TransferError(f"{dest}: which format? Say --format with one of {', '.join(writers())}")


def detect(path: Path) -> Format:
    """Return the format of *path* by its content; ``-`` is taken for JSON lines.

    Raises TransferError, naming what was seen and the formats there are, when none fits.
    """
    if path == STREAM:
        return named("jsonl")
    sample = look(path)
    scored = [(entry.recognise(sample), entry) for entry in readers().values()]
    score, best = max(scored, key=lambda pair: pair[0])
    if score <= 0:
        raise TransferError(
            f"{path} is {sample.describe()}; no format fits: say --format with one of {', '.join(readers())}"
        )
    return best
