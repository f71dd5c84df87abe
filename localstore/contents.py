"""Contents: the texts of an item, in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from localstore import tables, times
from localstore.connection import Connection
from localstore.freshness import CONTENT_ORDER
from localstore.models import Content
from localstore.rows import Rows

ROLES = ("system", "user", "assistant", "tool")
"""Roles that chats use; any other text is a role too."""


class Contents(Rows[Content]):
    """``store.contents``: messages, prompts, sections."""

    model = Content
    default_sort = "created"

    def of(self, item: str) -> list[Content]:
        """Return an item's contents in order: by position, then creation, then id."""
        pk = self.store.items.resolve(item)
        with self.store.database.reading() as connection:
            return self.load_all(connection, order(connection, pk))

    def add(self, item: str, text: str = "", role: str = "user", **columns: Any) -> Content:  # type: ignore[override]
        """Append a text to an item; its time is after the item's last content's."""
        pk = self.store.items.resolve(item)
        with self.store.action("content.added", f"add {role} text") as action:
            stored = append(action, pk, {"text": text, "role": role, **columns})
            action.touch(pk)
            action.about = {"item_id": pk}
            action.payload = {"id": stored["id"], "role": role}
            return self.load(action.connection, stored["id"])

    def edit(self, ref: str, expected: Any = None, **columns: Any) -> Content:
        """Set only the given columns, and move the item's time."""
        pk = self.resolve(ref)
        with self.store.action("content.edited", "edit text") as action:
            row = tables.need(action.connection, Content, pk)
            if action.update(Content, pk, columns, expected):
                action.touch(row["item_id"])
                action.touch(tables.need(action.connection, Content, pk)["item_id"])
            action.about = {"item_id": row["item_id"]}
            action.payload = {"id": pk}
            return self.load(action.connection, pk)

    def move(self, ref: str, to: int) -> Content:
        """Give a content the place *to* (1 is the first) by a position between its new neighbours."""
        pk = self.resolve(ref)
        with self.store.action("content.moved", "move text") as action:
            row = tables.need(action.connection, Content, pk)
            others = [other for other in order(action.connection, row["item_id"]) if other != pk]
            at = min(max(to - 1, 0), len(others))
            self._number(action, others)
            before = position(action.connection, others[at - 1]) if at else None
            behind = position(action.connection, others[at]) if at < len(others) else None
            self._place(action, pk, between(before, behind))
            action.touch(row["item_id"])
            action.about = {"item_id": row["item_id"]}
            action.payload = {"id": pk, "to": at + 1}
            return self.load(action.connection, pk)

    def describe(self, roots: Sequence[tuple[str, str]]) -> str:
        """Return what the trash and undo call a deletion: by how the first text begins."""
        with self.store.database.reading() as connection:
            sql = "SELECT role, substr(text, 1, 40) FROM contents WHERE id = ?"
            role, begin = connection.execute(sql, (roots[0][1],)).fetchone()
        more = f" and {len(roots) - 1} more" if len(roots) > 1 else ""
        return f"delete {role[:20]} text {' '.join(begin.split())!r}{more}"

    def _number(self, action: Any, contents: list[str]) -> None:
        """Give positions to neighbours that have none, or that stand too close to fit another between."""
        found = [position(action.connection, pk) for pk in contents]
        apart = all(left is not None and right is not None and right - left > 1e-6 for left, right in pairwise(found))
        if None in found or not apart:
            for index, pk in enumerate(contents, 1):
                self._place(action, pk, float(index))

    @staticmethod
    def _place(action: Any, pk: str, place: float) -> None:
        row = tables.need(action.connection, Content, pk)
        meta_data = json.loads(row["meta_data"]) | {"position": place}
        action.update(Content, pk, {"meta_data": meta_data})


def append(action: Any, item: str, columns: dict[str, Any]) -> tables.Stored:
    """Insert a content whose ``created_at`` is after those of the item's other contents."""
    sql = "SELECT max(created_at) FROM contents WHERE item_id = ?"
    last = action.connection.execute(sql, (item,)).fetchone()[0]
    if last and "created_at" not in columns:
        columns["created_at"] = times.after(times.now(), last)
    stored: tables.Stored = action.insert(Content, {"item_id": item, **columns})
    return stored


def order(connection: Connection, item: str) -> list[str]:
    """Return the ids of an item's contents in order."""
    sql = f"SELECT t.id FROM contents t WHERE t.item_id = ? ORDER BY {CONTENT_ORDER}"
    return [row[0] for row in connection.execute(sql, (item,))]


def position(connection: Connection, content: str) -> float | None:
    """Return a content's ``meta_data.position`` when it is a number."""
    sql = (
        "SELECT json_extract(meta_data, '$.position') FROM contents WHERE id = ?"
        " AND json_type(meta_data, '$.position') IN ('integer', 'real')"
    )
    row = connection.execute(sql, (content,)).fetchone()
    return float(row[0]) if row else None


def between(before: float | None, behind: float | None) -> float:
    """Return a number between two positions, or beyond the one there is."""
    if before is None:
        return 1.0 if behind is None else behind - 1
    return before + 1 if behind is None else (before + behind) / 2
