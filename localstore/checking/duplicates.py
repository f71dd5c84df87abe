"""Duplicates: rows that mean the same, which the schema allows and other programs make.

Merging keeps the oldest row, so that every device keeps the same one; each merge is an action that can be undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from localstore import ids, memberships, tables, tags, values
from localstore.checking.finding import Finding, Inquiry
from localstore.connection import Connection
from localstore.models import AIModel, Embedding, Event, OrganizationMembership, Row, Setting

if TYPE_CHECKING:
    from localstore.deeds.actions import Action

Groups = list[list[str]]
"""Ids of rows that mean the same, the one to keep first."""
Find = Callable[[Connection], Groups]
Merge = Callable[["Action", str, list[str]], None]


def duplicates(asked: Inquiry) -> Iterator[Finding]:
    """Find, and on request merge, each kind; models before vectors, for merging models may bring vectors together."""
    for table, word, find, merge in _KINDS:
        with asked.reading() as connection:
            groups = find(connection)
        if not groups:
            continue
        count = sum(len(group) - 1 for group in groups)
        shown = ids.short(groups[0][0])
        message = f"{count} {word} stand twice or more, such as {shown}: 'check --repair' merges them"
        finding = Finding("duplicate", table, count, message, row=groups[0][0])
        yield _mend(asked, word, groups, merge, finding) if asked.repair else finding
    yield from _alike(asked)


def _alike(asked: Inquiry) -> Iterator[Finding]:
    """People and organizations that differ in capitals alone: whether they are the same, a person must say."""
    for table, column, word, advice in _ALIKE:
        with asked.reading() as connection:
            rows = connection.execute(f"SELECT id, {column} FROM {table} ORDER BY created_at, id").fetchall()
        groups = _grouped(rows, lambda row: ids.fold(row[1]))
        if groups:
            count, shown = sum(len(group) - 1 for group in groups), ids.short(groups[0][0])
            message = f"{count} {word} differ from others in capitals alone, such as {shown}: {advice}"
            yield Finding("duplicate", table, count, message, row=groups[0][0])


def _mend(asked: Inquiry, word: str, groups: Groups, merge: Merge, finding: Finding) -> Finding:
    asked.keep()
    with asked.store.action("check.merged", f"merge {len(groups)} {word} that stood twice") as action:
        for keep, *others in groups:
            merge(action, keep, others)
        action.payload = {"table": finding.table, "merged": finding.count}
    return finding.mended()


def _grouped(rows: Iterable[Any], key: Callable[[Any], Any]) -> Groups:
    """Group rows (their id first) by a key, in the order they come."""
    found: defaultdict[Any, list[str]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(str(row[0]))
    return [group for group in found.values() if len(group) > 1]


def _same_columns(table: str, *columns: str, order: str = "created_at, id") -> Find:
    def find(connection: Connection) -> Groups:
        sql = f"SELECT id, {', '.join(columns)} FROM {table} ORDER BY {order}"
        return _grouped(connection.execute(sql), lambda row: row[1:])

    return find


# -- memberships, settings, tags ------------------------------------------------------------------------------


def _merge_memberships(action: Action, keep: str, others: list[str]) -> None:
    """Keep the oldest with the highest role of all."""
    roles = [tables.need(action.connection, OrganizationMembership, pk)["role"] for pk in (keep, *others)]
    action.update(OrganizationMembership, keep, {"role": min(roles, key=memberships.rank)})
    for pk in others:
        action.remove(OrganizationMembership, pk)


def _merge_settings(action: Action, keep: str, others: list[str]) -> None:
    """Keep the oldest with the newest value."""
    rows = [tables.need(action.connection, Setting, pk) for pk in (keep, *others)]
    newest = max(rows, key=lambda row: (row["updated_at"], row["id"]))
    action.update(Setting, keep, {"value": values.from_json(newest["value"])})
    for pk in others:
        action.remove(Setting, pk)


def _same_tags(connection: Connection) -> Groups:
    rows = connection.execute("SELECT id, name FROM tags ORDER BY created_at, id")
    return _grouped(rows, lambda row: ids.fold(row[1]))


def _merge_tags(action: Action, keep: str, others: list[str]) -> None:
    for pk in others:
        tags.merge(action, pk, keep)


# -- models and vectors ---------------------------------------------------------------------------------------


def _merge_models(action: Action, keep: str, others: list[str]) -> None:
    """Move vectors and events to the oldest."""
    for pk in others:
        for model in (Embedding, Event):
            _repoint(action, model, pk, keep)
        action.remove(AIModel, pk)


def _repoint(action: Action, model: type[Row], old: str, new: str) -> None:
    sql = f"SELECT id FROM {model._meta.table_name} WHERE model_id = ?"
    for (pk,) in action.connection.execute(sql, (old,)).fetchall():
        action.update(model, str(pk), {"model_id": new})


def _same_vectors(connection: Connection) -> Groups:
    """Vectors of one model and text: the one on the content is kept, else the newest, as the store reads them."""
    sql = (
        "SELECT e.id, e.model_id, COALESCE(e.item_id, c.item_id),"
        " COALESCE(e.content_id, CASE WHEN json_valid(e.meta_data) THEN json_extract(e.meta_data, '$.content_id') END)"
        " FROM embeddings e"
        " LEFT JOIN contents c ON c.id = e.content_id ORDER BY e.content_id IS NULL, e.updated_at DESC, e.id DESC"
    )
    found = (row for row in connection.execute(sql) if row[2] or row[3])  # those of nothing stand for nothing twice
    return _grouped(found, lambda row: row[1:])


def _merge_vectors(action: Action, keep: str, others: list[str]) -> None:
    for pk in others:
        action.remove(Embedding, pk)


_ALIKE = (
    ("users", "email", "e-mail addresses", "give one of them another with 'localstore users edit', or delete it"),
    ("organizations", "slug", "slugs", "give one of them another with 'localstore orgs edit', or delete it"),
)
_SETTING = ("scope", "key", "user_id", "organization_id")
_KINDS: tuple[tuple[str, str, Find, Merge], ...] = (
    (
        "organization_memberships",
        "memberships",
        _same_columns("organization_memberships", "user_id", "organization_id"),
        _merge_memberships,
    ),
    ("settings", "settings", _same_columns("settings", *_SETTING), _merge_settings),
    ("tags", "tags", _same_tags, _merge_tags),
    ("ai_models", "models", _same_columns("ai_models", "provider", "name", "version"), _merge_models),
    ("embeddings", "vectors", _same_vectors, _merge_vectors),
)
