"""One thing that ``check`` found on a server, and whether ``repair`` can set it right."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters."""

    BROKEN = "broken"
    """Devices cannot sync, or changes are not noticed."""
    RISK = "risk"
    """It works, and something is not as it should be."""
    NOTE = "note"
    """Worth knowing."""


@dataclass(frozen=True)
class Finding:
    """One sentence, and what it is about: server, tables, triggers, functions, rights, role, log or devices."""

    weight: Weight
    kind: str
    message: str
    repairable: bool = False


def broken(kind: str, message: str, *, repairable: bool = True) -> Finding:
    """Return a finding that keeps devices from syncing."""
    return Finding(Weight.BROKEN, kind, message, repairable)


def risk(kind: str, message: str, *, repairable: bool = False) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(Weight.RISK, kind, message, repairable)


def note(kind: str, message: str) -> Finding:
    """Return a fact."""
    return Finding(Weight.NOTE, kind, message)
