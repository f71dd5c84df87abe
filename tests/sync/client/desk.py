"""A device without a store: it makes changes by hand, pushes and pulls them, and looks at what comes back."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Any

from localstore import ids, tables
from localstore.models import BY_NAME
from sync.postgres.address import Address, read
from sync.postgres.connection import Connection
from sync.postgres.pushing import push
from sync.postgres.pushing.push import Fits
from sync.postgres.server import devices
from sync.postgres.session import Server
from sync.shapes import Batch, Change, Image, Key, PushResult
from tests.sync.trio import ADA, EMAILS, LAB

MOMENT = "2026-01-31T09:30:00.123456Z"
NOTHING = PushResult()
OLD = struct.pack("<2f", 1, 0)
LATER = "2026-02-01T00:00:00.000001Z"


def address_of(url: str, user: str = ADA, name: str = "desk") -> Address:
    """The address of a new device."""
    return read(devices.add(url, EMAILS[user], name).url)


class Desk:
    """One device. ``rows`` of a table is what the server has, as this device locks or pulls it."""

    def __init__(self, address: Address) -> None:
        self.pauses: list[float] = []
        self.server = Server(address, pause=self.pauses.append)
        self.number = 0

    def batch(self, *changes: Change) -> Batch:
        """The next batch."""
        number = self.number + 1
        text = json.dumps([number, *map(repr, changes)])
        return Batch(number, hashlib.sha256(text.encode()).hexdigest(), changes)

    def push(self, *changes: Change, fits: Fits | None = None) -> PushResult:
        """Push changes as one batch."""
        return self.send(self.batch(*changes), fits)

    def send(self, batch: Batch, fits: Fits | None = None) -> PushResult:
        """Push a batch, new or known."""
        result = self.server.run("read committed", lambda session: push.push(session, batch, fits))
        self.number = max(self.number, batch.number)
        return result


# -- images and changes -----------------------------------------------------------------------------------------


def image(tbl: str, **columns: Any) -> Image:
    """A whole row in stored form, plain but for *columns*."""
    row = {"id": ids.new_id(), "created_at": MOMENT, "updated_at": MOMENT, **_PLAIN.get(tbl, {}), **columns}
    return {name: row.get(name) for name in tables.columns(BY_NAME[tbl])}


_PLAIN: dict[str, dict[str, Any]] = {
    "users": {"hashed_password": "", "is_active": 1, "is_superuser": 0, "auth_provider": "local", "extras": "{}"},
    "organizations": {"name": "Team", "slug": "team", "plan_type": "free", "meta_data": "{}"},
    "organization_memberships": {"user_id": ADA, "role": "owner", "joined_at": MOMENT},
    "ai_models": {"name": "mini", "provider": "local", "parameters": "{}", "meta_data": "{}"},
    "items": {"owner_id": ADA, "organization_id": LAB, "type": "note", "title": "A title", "meta_data": "{}"},
    "contents": {"role": "user", "text": "a text", "meta_data": "{}"},
    "embeddings": {"vector": struct.pack("<2f", 0.5, -1.25), "dim": 2, "meta_data": "{}"},
    "file_assets": {"owner_id": ADA, "filename": "x", "path": "file://h/x", "size_bytes": 1, "meta_data": "{}"},
    "events": {"actor_id": ADA, "event_type": "item.added", "payload": "{}"},
    "tags": {"name": "red"},
    "settings": {"scope": "user", "key": "theme", "value": "null", "user_id": ADA},
    "api_keys": {"user_id": ADA, "key_hash": "00", "scopes": "[]"},
}


def key(tbl: str, row: Image) -> Key:
    """The key of a row."""
    return Key(tbl, tables.key_of(BY_NAME[tbl], row))


def new(tbl: str, row: Image) -> Change:
    """A row that the server never had."""
    return Change(key(tbl, row), None, row, 1)


def edit(tbl: str, base: Image, **columns: Any) -> Change:
    """An edit of a row that the server has as *base*."""
    return Change(key(tbl, base), base, {**base, **columns}, 1)


def drop(tbl: str, base: Image) -> Change:
    """A deletion of a row that the server has as *base*."""
    return Change(key(tbl, base), base, None, 1)


def stored(connection: Connection, tbl: str, pk: str, columns: str = "*") -> Sequence[Any] | None:
    """Columns of a row of the server, as texts; None when it is not there."""
    names = ", ".join(f"{each}::text" for each in columns.split(", "))
    return connection.execute(f"SELECT {names} FROM {tbl} WHERE id = %s".encode(), [pk]).fetchone()


def rows(connection: Connection, sql: str) -> list[tuple[object, ...]]:
    """What a query gives."""
    return connection.execute(sql.encode()).fetchall()
