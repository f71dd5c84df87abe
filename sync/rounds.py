"""What a round did, and how a store stands with its server: what commands and screens show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Round:
    """One round: rows by table that went up, that came down, what waits. ``state`` is how the server was found."""

    state: str = "next"
    pushed: dict[str, int] = field(default_factory=dict)
    pulled: dict[str, int] = field(default_factory=dict)
    deleted_here: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    """New ones, found in this round."""
    refused: int = 0
    busy: int = 0
    """Rows that another program held on the server; the next round pushes them."""
    parked: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    seconds: float = 0.0
    cancelled: bool = False

    @property
    def quiet(self) -> bool:
        """Whether nothing went either way."""
        return not (self.pushed or self.pulled or self.deleted_here or self.conflicts or self.refused or self.busy)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a round would carry: rows and bytes by table, up and down; conflicts are not foreseen."""

    up: dict[str, tuple[int, int]]
    down: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Status:
    """How the store stands, from the file alone: no network is asked."""

    linked: bool
    server: str = ""
    """The server's address without secrets."""
    device: str = ""
    user: str = ""
    """The e-mail that this device acts as."""
    share: str = ""
    to_push: dict[str, int] = field(default_factory=dict)
    kept: int = 0
    """Rows that are not shared."""
    held: int = 0
    """Rows set aside until they change: refused, taken, unreadable."""
    conflicts: int = 0
    unfinished: bool = False
    """Whether a batch waits for its acknowledgement."""
    last: dict[str, Any] | None = None
    """The last round: ``at``, ``outcome`` (done, failed, cancelled), ``error``, and its counts."""
