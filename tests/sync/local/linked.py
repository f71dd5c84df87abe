"""A linked file and what the tests ask of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from localstore import Store, ids, tables
from localstore.models import BY_NAME
from sync import state
from sync.local import capture, dirty
from sync.local.applying import apply_page
from sync.local.arrivals import Applied
from sync.local.sharing import Share
from sync.shapes import Change, Image, Key, Page

LAB = "00000000-0000-7000-8000-000000000001"
STAMP = "2026-01-01T00:00:00.000000Z"


class Linked(NamedTuple):
    """A store whose rows are in step with a server that is not there."""

    store: Store

    def write(self, *statements: str) -> None:
        """Run plain SQL as a program of our own would."""
        with self.store.database.writing() as connection:
            for sql in statements:
                connection.execute(sql)

    def rows(self, sql: str, *bindings: Any) -> list[Any]:
        with self.store.reading() as connection:
            return list(connection.execute(sql, bindings))

    def value(self, sql: str, *bindings: Any) -> Any:
        return self.rows(sql, *bindings)[0][0]

    def dirty(self, tbl: str, pk: str) -> Change | None:
        with self.store.reading() as connection:
            return dirty.read(connection, Key(tbl, pk))

    def base(self, tbl: str, pk: str) -> Image:
        found = self.dirty(tbl, pk)
        assert found
        assert found.base is not None
        return found.base

    def image(self, tbl: str, pk: str) -> Image:
        with self.store.reading() as connection:
            return tables.need(connection, BY_NAME[tbl], pk)

    def noted(self) -> set[tuple[str, str]]:
        return set(self.rows("SELECT tbl, pk FROM sync_dirty"))

    def kept(self) -> set[tuple[str, str]]:
        return set(self.rows("SELECT tbl, pk FROM sync_kept"))

    def changes(self, limit_rows: int = 5_000, limit_bytes: int = 8_000_000) -> list[Change]:
        with self.store.database.writing() as connection:
            return dirty.changes(connection, limit_rows, limit_bytes)

    def in_step(self) -> None:
        """Forget every note: the server has all rows as they are."""
        self.write("DELETE FROM sync_dirty", "DELETE FROM sync_kept")

    def share(self, items: str, *no_vectors: str) -> None:
        with self.store.database.writing() as connection:
            Share.write(connection, Share(items, no_vectors))

    def lab(self) -> str:
        """Make an organization that the server has; return its id."""
        self.write(f"INSERT INTO organizations (id, name, slug) VALUES ('{LAB}', 'Lab', 'lab')")
        self.write(f"DELETE FROM sync_dirty WHERE pk = '{LAB}'")
        return LAB

    def item(self, title: str, **columns: Any) -> str:
        """Add an item through the store; return its id."""
        return str(self.store.items.add(title, **columns).id)


def link_file(store: Store) -> Linked:
    """Install what a link installs; every row that is there counts as the server's."""
    with store.database.writing() as connection:
        state.put(connection, "server", "postgresql://server/db")
        state.put(connection, "user_id", store.local_user_id)
        capture.install(connection)
    return Linked(store)


def keys(changes: list[Change]) -> list[tuple[str, str]]:
    return [(change.key.tbl, change.key.pk) for change in changes]


def page(tbl: str, *images: Image) -> Page:
    """A page of the server's rows."""
    names = tables.columns(BY_NAME[tbl])
    return Page(tbl, [tuple(image[name] for name in names) for image in images])


def row(tbl: str, **columns: Any) -> Image:
    """A whole row in stored form, its defaults filled in."""
    given = {"id": ids.new_id(), "created_at": STAMP, "updated_at": STAMP} if tbl != "item_tag_links" else {}
    empty: Image = dict.fromkeys(tables.columns(BY_NAME[tbl]))
    return empty | DEFAULTS.get(tbl, {}) | given | columns


def apply(linked: Linked, tbl: str, *images: Image) -> Applied:
    """Apply a page of the server's rows."""
    return apply_page(linked.store, page(tbl, *images))


def came(linked: Linked, tbl: str, image: Image) -> Image:
    """Write a row that both sides have."""
    apply(linked, tbl, image)
    return image


def made_here(linked: Linked, tbl: str, image: Image) -> Image:
    """Write a row here that the server never had."""
    with linked.store.database.writing() as connection:
        tables.insert(connection, BY_NAME[tbl], image)
    return image


def mine(linked: Linked, tbl: str, **columns: Any) -> Image:
    """A whole row that belongs to the local user."""
    return row(tbl, owner_id=linked.store.local_user_id, **columns)


def open_conflicts(linked: Linked) -> list[tuple[Any, ...]]:
    """Kind, table and key of what waits."""
    return linked.rows("SELECT kind, tbl, pk FROM sync_conflict WHERE resolved_at IS NULL ORDER BY kind, tbl, pk")


DEFAULTS: dict[str, Image] = {
    "users": {
        "hashed_password": "",
        "is_active": 1,
        "is_superuser": 0,
        "auth_provider": "local",
        "extras": "{}",
    },
    "organizations": {"name": "Lab", "plan_type": "free", "meta_data": "{}"},
    "organization_memberships": {"role": "member", "joined_at": STAMP},
    "ai_models": {"name": "m", "provider": "p", "parameters": "{}", "meta_data": "{}"},
    "items": {"type": "note", "title": "t", "meta_data": "{}"},
    "contents": {"role": "user", "text": "", "meta_data": "{}"},
    "embeddings": {"vector": b"\0\0\x80?\0\0\0@", "dim": 2, "meta_data": "{}"},
    "file_assets": {"filename": "f", "size_bytes": 0, "meta_data": "{}"},
    "events": {"event_type": "e", "payload": "{}"},
    "tags": {"name": "tag"},
    "settings": {"scope": "global", "key": "k", "value": "1"},
    "api_keys": {"scopes": "[]"},
}
