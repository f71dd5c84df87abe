"""What a store knows when a pull begins: how far it has come, and which organizations' rows it may hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync import state
from sync.postgres import pull

if TYPE_CHECKING:
    from collections.abc import Sequence

    from localstore.store import Store
    from sync.postgres.session import Session
    from sync.shapes import PullStart


@dataclass(frozen=True, slots=True)
class Known:
    """Read before a pull. ``torn``: an earlier one broke off after some of its rows were applied."""

    token: str | None
    pending: str
    cursor: str | None
    system: str | None
    number: int
    organizations: tuple[str, ...]
    """Those of the last pull that was finished."""
    torn: bool
    certain: frozenset[str]
    """Organizations that every pull since then saw."""
    possible: frozenset[str]
    """Organizations that any of them saw: their rows may be here."""

    @classmethod
    def read(cls, store: Store) -> Known:
        """Read it from the file."""
        with store.reading() as connection:
            seen = tuple(json.loads(state.get(connection, "organizations") or "[]"))
            broken = state.get(connection, "torn")
            certain, possible = json.loads(broken) if broken else (seen, seen)
            return cls(
                state.get(connection, "token"),
                state.need(connection, "pending"),
                state.get(connection, "cursor"),
                state.get(connection, "system"),
                int(state.get(connection, "batch") or 0),
                seen,
                broken is not None,
                frozenset(certain),
                frozenset(possible),
            )

    def begin(self, session: Session) -> PullStart:
        """Begin a pull; of another server's snapshots nothing can be said."""
        cursor = None if self.is_elsewhere(session) else self.cursor
        previous = self.token or self.pending
        return pull.begin(session, previous, self.pending, self.number, cursor, self.organizations)

    def is_elsewhere(self, session: Session) -> bool:
        """Tell whether this is another server, or another database, than the one of the last pull."""
        return self.system not in (None, session.identity.system)

    def organizations_before(self, start: PullStart) -> list[str]:
        """Return the organizations to compare with those seen now.

        After a pull that broke off it is not known of some whether their rows came or went: where they are seen now,
        their rows are brought again; where not, they are told to be gone.
        """
        return sorted(self.certain | (self.possible - set(start.organizations)))

    def with_seen(self, organizations: Sequence[str]) -> str:
        """Return the note of a pull that is about to apply rows."""
        seen = set(organizations)
        return json.dumps([sorted(self.certain & seen), sorted(self.possible | seen)])
