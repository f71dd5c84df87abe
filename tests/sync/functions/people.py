"""Three people on one server, and devices that speak to its functions in plain SQL."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from localstore import tables
from localstore.models import BY_NAME
from sync.postgres.connection import TEXT_FORMS, Connection, connect
from sync.postgres.server import devices
from sync.postgres.session import proof
from sync.postgres.versions import PROTOCOL

Record = dict[str, Any]


def an_id(number: int) -> str:
    """A key that tests can write down."""
    return f"00000000-0000-7000-8000-{number:012d}"


ADA, BEA, CAL = an_id(1), an_id(2), an_id(3)
LAB, DEN = an_id(11), an_id(12)
PEOPLE = f"""
INSERT INTO users (id, email, full_name, hashed_password, extras) VALUES
  ('{ADA}', 'ada@example.org', 'Ada', 'ada''s hash', '{{"pin": 1}}'),
  ('{BEA}', 'bea@example.org', 'Bea', 'bea''s hash', '{{"pin": 2}}'),
  ('{CAL}', 'cal@example.org', 'Cal', 'cal''s hash', '{{"pin": 3}}');
INSERT INTO organizations (id, name, slug) VALUES ('{LAB}', 'Lab', 'lab'), ('{DEN}', 'Den', 'den');
INSERT INTO organization_memberships (id, user_id, organization_id, role) VALUES
  ('{an_id(21)}', '{ADA}', '{LAB}', 'owner'), ('{an_id(22)}', '{BEA}', '{LAB}', 'member'),
  ('{an_id(23)}', '{CAL}', '{DEN}', 'owner');
"""
"""Ada owns the lab, where Bea is a member; the den is Cal's alone."""

READ, COMMITTED = "REPEATABLE READ", "READ COMMITTED"


@dataclass
class Device:
    """A device of somebody; each ``transaction`` signs in."""

    id: str
    secret: bytes
    connection: Connection
    user: str
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))

    @contextmanager
    def transaction(self, isolation: str = COMMITTED) -> Iterator[Session]:
        """A transaction that is signed in; committed at its end."""
        with self.unsigned(isolation) as session:
            session.sign_in()
            yield session

    @contextmanager
    def unsigned(self, isolation: str = COMMITTED) -> Iterator[Session]:
        """A transaction that is not signed in."""
        self.connection.execute(f"BEGIN ISOLATION LEVEL {isolation}; {TEXT_FORMS}".encode())
        try:
            yield Session(self)
            self.connection.execute("COMMIT")
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise

    # -- each in a transaction of its own ------------------------------------------------------------------

    def keys(self, tbl: str) -> set[str]:
        """The keys of all visible rows."""
        return set(self.page(tbl))

    def page(self, tbl: str) -> dict[str, Record]:
        """All visible rows by key."""
        with self.transaction(READ) as session:
            return keyed(tbl, session.call(f"page_{tbl}", "", 10_000))

    def snapshot(self) -> tuple[str, list[str]]:
        """The cursor to pull from, and the organizations seen now."""
        with self.transaction(READ) as session:
            row = session.one("SELECT pg_current_snapshot()::text")
            return row, [row["id"] for row in session.call("page_organizations", "", 1000)]

    def pull(self, tbl: str, since: tuple[str, list[str]]) -> tuple[dict[str, Record], set[str]]:
        """What changed since a snapshot: the rows, and the keys of those gone."""
        with self.transaction(READ) as session:
            rows = session.call(f"pull_{tbl}", since[0], since[1], kinds=("text", "uuid[]"))
            changed = session.one(f"SELECT localstore_sync.changed_{tbl}(%s, %s::uuid[])", since[0], since[1])
        assert changed == len(rows)
        gone = keyed(tbl, [row for row in rows if row["gone"]])
        return keyed(tbl, [row for row in rows if not row["gone"]]), set(gone)

    def write(self, verb: str, tbl: str, *rows: Mapping[str, Any], vectors: Sequence[float] = ()) -> list[Record]:
        """Insert or update rows; what the function answered."""
        with self.transaction() as session:
            return session.write(verb, tbl, *rows, vectors=vectors)

    def delete(self, tbl: str, *keys: str) -> list[Record]:
        """Delete rows; what was refused."""
        with self.transaction() as session:
            return [row for row in session.call(f"delete_{tbl}", list(keys)) if row["state"] == "refused"]

    def lock(self, tbl: str, *keys: str, deletes: Sequence[str] = (), **uniques: Mapping[str, str]) -> list[Record]:
        """Lock rows until the end of a transaction that ends at once; what the function answered."""
        with self.transaction() as session:
            return session.lock(tbl, *keys, deletes=deletes, **uniques)


@dataclass
class Session:
    """A transaction of a device."""

    device: Device

    def sign_in(self, secret: bytes | None = None, protocol: int = PROTOCOL) -> Record:
        """Sign in, with another secret or protocol when one is given."""
        challenge = self.one("SELECT pg_current_xact_id() || ':' || pg_backend_pid()")
        given = proof(secret or self.device.secret, f"{challenge}:{self.device.id}")
        answer: Record = self.one("SELECT localstore_sync.sign_in(%s::uuid, %s, %s)", self.device.id, given, protocol)
        return answer

    def execute(self, sql: str, *values: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement."""
        return self.device.connection.execute(sql.encode(), values or None)

    def one(self, sql: str, *values: Any) -> Any:
        """The first value of a statement."""
        row = self.execute(sql, *values).fetchone()
        return row[0] if row else None

    def call(self, function: str, *values: Any, kinds: Sequence[str] = ()) -> list[Record]:
        """Call a function that gives rows."""
        marks = ", ".join(f"%s::{kind}" for kind in kinds) or ", ".join(["%s"] * len(values))
        cursor = self.execute(f"SELECT * FROM localstore_sync.{function}({marks})", *values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def write(self, verb: str, tbl: str, *rows: Mapping[str, Any], vectors: Sequence[float] = ()) -> list[Record]:
        """Insert or update rows."""
        return self.call(f"{verb}_{tbl}", json.dumps(rows), list(vectors), kinds=("json", "real[]"))

    def lock(self, tbl: str, *keys: str, deletes: Sequence[str] = (), **uniques: Mapping[str, str]) -> list[Record]:
        """Lock rows."""
        kinds = ("text[]", "text[]", "jsonb")
        return self.call(f"lock_{tbl}", list(keys), list(deletes), json.dumps(uniques), kinds=kinds)


def keyed(tbl: str, rows: Sequence[Record]) -> dict[str, Record]:
    """Rows by key."""
    model = BY_NAME[tbl]
    found = {tables.key_of(model, row): row for row in rows}
    assert len(found) == len(rows)
    return found


STAMPS = {"created_at": "2026-01-02T03:04:05.000006Z", "updated_at": "2026-01-02T03:04:05.000006Z"}
DEFAULTS: dict[str, Record] = {
    "users": {"email": "new@example.org", "hashed_password": "", "full_name": None, "is_active": True,
              "is_superuser": False, "auth_provider": "local", "extras": {}},
    "organizations": {"name": "New", "slug": "new", "plan_type": "free", "meta_data": {}},
    "organization_memberships": {"role": "member", "joined_at": STAMPS["created_at"]},
    "ai_models": {"name": "mini", "provider": "local", "version": None, "parameters": {}, "meta_data": {}},
    "items": {"organization_id": None, "type": "note", "title": "New", "description": None, "meta_data": {}},
    "contents": {"role": "user", "text": "", "meta_data": {}},
    "embeddings": {"content_id": None, "item_id": None, "dim": 2, "meta_data": {}, "_at": 1, "_n": 2},
    "file_assets": {"item_id": None, "filename": "x", "path": "file://h/x", "mime_type": None, "size_bytes": 0,
                    "checksum": None, "meta_data": {}},
    "events": {"organization_id": None, "item_id": None, "model_id": None, "event_type": "seen", "payload": {}},
    "tags": {"name": "red", "color": None},
    "settings": {"scope": "user", "key": "theme", "value": None, "user_id": None, "organization_id": None},
    "api_keys": {"key_hash": "00", "description": None, "scopes": [], "expires_at": None, "last_used_at": None},
}  # fmt: skip


def a_row(tbl: str, **values: Any) -> Record:
    """A whole row to insert."""
    if tbl == "item_tag_links":
        return values
    return {"id": str(uuid.uuid4()), **STAMPS, **DEFAULTS[tbl], **values}


class Server:
    """A prepared server: the owner's connection, and devices."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.owner = connect(url, autocommit=True)
        self.owner.execute("SET TimeZone = 'UTC'")
        self._open: list[Connection] = [self.owner]

    def close(self) -> None:
        """Close all connections."""
        for connection in self._open:
            connection.close()

    def program(self) -> Connection:
        """Another connection of the owner's, in autocommit."""
        self._open.append(connect(self.url, autocommit=True))
        return self._open[-1]

    def device(self, user: str = ADA) -> Device:
        """A new device of a person, connected."""
        email = self.owner.execute("SELECT email FROM users WHERE id = %s", [user]).fetchone()
        assert email is not None
        made = devices.add(self.url, email[0], "laptop")
        url, _, fragment = made.url.partition("#")
        self._open.append(connect(url, autocommit=True))
        return Device(made.id, bytes.fromhex(fragment.partition(":")[2]), self._open[-1], user)

    def insert(self, tbl: str, **values: Any) -> str:
        """Insert a row as the owner's program does; its key."""
        model = BY_NAME[tbl]
        names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
        key = " || '/' || ".join(f"{name}::text" for name in tables.key_columns(model))
        row = self.owner.execute(
            f"INSERT INTO {tbl} ({names}) VALUES ({marks}) RETURNING {key}".encode(), list(values.values())
        ).fetchone()
        assert row is not None
        return str(row[0])

    def run(self, sql: str, *values: Any) -> None:
        """Run a statement of the owner's program."""
        self.owner.execute(sql.encode(), values or None)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read rows."""
        return self.owner.execute(sql.encode(), values or None).fetchall()

    def item(self, owner: str = ADA, organization: str | None = None, **values: Any) -> str:
        """An item."""
        return self.insert("items", owner_id=owner, organization_id=organization, title="Item", **values)

    def member(self, user: str, organization: str, role: str = "member") -> str:
        """A membership."""
        return self.insert("organization_memberships", user_id=user, organization_id=organization, role=role)
