"""Triggers: what the file itself keeps true, whatever tool writes to it.

Triggers only note what changed, in plain SQL that any SQLite runs; full text and the freshness of vectors are
brought up to date by the Store, in its own transactions or before the next reading (``text``, ``freshness``).
All are silent while ``local_state`` holds ``applying``: then a bulk writer does their work set-wise.

Inside them stand no conflict clauses: the outer statement's (a foreign ``INSERT OR FAIL``) would replace them.
"""

from __future__ import annotations

from localstore.local_tables import LOCAL_TABLES, SYNC_TABLES
from localstore.models import TABLES, Row, Timestamped
from localstore.schema import SQLITE_NOW

LIVE = "NOT EXISTS (SELECT 1 FROM local_state WHERE key = 'applying')"


def _trigger(name: str, when: str, event: str, body: str) -> str:
    return f"CREATE TRIGGER {name} {event} WHEN {LIVE}{' AND ' + when if when else ''} BEGIN\n  {body}\nEND"


_STAMP = "strftime('%Y-%m-%dT%H:%M:%S',OLD.updated_at"
_NEXT = (
    "CASE WHEN substr(OLD.updated_at,21,6) < '999999'"
    " THEN substr(OLD.updated_at,1,20)||printf('%06d',CAST(substr(OLD.updated_at,21,6) AS INTEGER)+1)||'Z'"
    f" ELSE COALESCE({_STAMP},'+1 second')||'.000000Z',OLD.updated_at) END"
)


def _touch(model: type[Row]) -> str:
    """``updated_at`` moves when a data column changed and the writer did not move it: now, or old + 1 µs."""
    table = model._meta.table_name
    data = [f.column_name for f in model._meta.sorted_fields if f.column_name not in ("id", "updated_at")]
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in data)
    return _trigger(
        f"{table}_touch",
        f"NEW.updated_at IS OLD.updated_at AND ({changed})",
        f"AFTER UPDATE OF {', '.join(data)} ON {table} FOR EACH ROW",
        f"UPDATE {table} SET updated_at = max({SQLITE_NOW}, {_NEXT}) WHERE id = NEW.id;",
    )


def _note(table: str, columns: str, values: str, exists: str) -> str:
    return f"INSERT INTO {table} ({columns}) SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {exists});"


def _text(table: str, columns: str) -> list[str]:
    new = _note("text_pending", "id", "NEW.id", "id = NEW.id")
    old = _note("text_pending", "id", "OLD.id", "id = OLD.id")
    changed = " OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in columns.split(", "))
    return [
        _trigger(f"{table}_text_insert", "", f"AFTER INSERT ON {table} FOR EACH ROW", new),
        _trigger(
            f"{table}_text_update",
            f"({changed})",
            f"AFTER UPDATE OF {columns} ON {table} FOR EACH ROW",
            f"{old}\n  {new}",
        ),
        _trigger(f"{table}_text_delete", "", f"AFTER DELETE ON {table} FOR EACH ROW", old),
    ]


def _look_again(condition: str) -> str:
    return f"UPDATE embedding_states SET state = 0 WHERE embedding_id IN ({condition});"


# The + keeps SQLite from walking every vector that sits on no content, instead of the item's few.
_OF_CONTENT = (
    "SELECT id FROM embeddings WHERE content_id = {row}.id"
    " UNION ALL SELECT id FROM embeddings WHERE item_id = {row}.item_id AND +content_id IS NULL"
    " AND COALESCE(json_extract(meta_data,'$.content_id'), {row}.id) = {row}.id"
)
_OF_ITEM = (
    "SELECT id FROM embeddings WHERE item_id = NEW.id AND +content_id IS NULL"
    " AND json_extract(meta_data,'$.content_id') IS NULL"
)
_ITEM_OF = "COALESCE(NEW.item_id, (SELECT item_id FROM contents WHERE id = NEW.content_id))"


def _states() -> list[str]:
    """A changed text, title or vector sends the embeddings it touches to be looked at again."""
    on = "AFTER {} FOR EACH ROW"
    drop_new = "DELETE FROM embedding_states WHERE embedding_id = NEW.id;"
    drop_old = "DELETE FROM embedding_states WHERE embedding_id = OLD.id;"
    add = f"INSERT INTO embedding_states (embedding_id, item_id, state) VALUES (NEW.id, {_ITEM_OF}, 0);"
    new, old = _look_again(_OF_CONTENT.format(row="NEW")), _look_again(_OF_CONTENT.format(row="OLD"))
    return [
        _trigger("embeddings_state_insert", "", on.format("INSERT ON embeddings"), f"{drop_new}\n  {add}"),
        _trigger(
            "embeddings_state_update",
            "",
            on.format("UPDATE OF id, content_id, item_id, meta_data, vector ON embeddings"),
            f"{drop_old}\n  {drop_new}\n  {add}",
        ),
        _trigger("embeddings_state_delete", "", on.format("DELETE ON embeddings"), drop_old),
        _trigger("contents_state_insert", "", on.format("INSERT ON contents"), new),
        _trigger(
            "contents_state_update",
            "",
            on.format("UPDATE OF text, item_id, role, meta_data, created_at ON contents"),
            f"{old}\n  {new}",
        ),
        _trigger("contents_state_delete", "", on.format("DELETE ON contents"), old),
        _trigger(
            "items_state_update",
            "",
            on.format("UPDATE OF title, description ON items"),
            _look_again(_OF_ITEM),
        ),
    ]


def _noted_vectors() -> list[str]:
    """Rows of a model that has codes are noted whoever writes them, a bulk writer with silent triggers too."""

    def note(row: str) -> str:
        there = f"SELECT 1 FROM vector_changes WHERE embedding_id = {row}.id"
        coded = f"SELECT 1 FROM vector_models WHERE model_id = {row}.model_id"
        return (
            f"INSERT INTO vector_changes (embedding_id) SELECT {row}.id"
            f" WHERE EXISTS ({coded}) AND NOT EXISTS ({there});"
        )

    def trigger(event: str, on: str, *rows: str) -> str:
        body = "\n  ".join(note(row) for row in rows)
        return f"CREATE TRIGGER embeddings_codes_{event} AFTER {on} ON embeddings FOR EACH ROW BEGIN\n  {body}\nEND"

    return [
        trigger("insert", "INSERT", "NEW"),
        trigger("update", "UPDATE OF id, model_id, content_id, item_id, vector, dim", "OLD", "NEW"),
        trigger("delete", "DELETE", "OLD"),
    ]


_CODED = "EXISTS (SELECT 1 FROM vector_models)"


def _noted_items() -> list[str]:
    """What filters go by (type, organization, tags, whose content) is noted while there are codes."""

    def trigger(name: str, on: str, when: str, *rows: str) -> str:
        body = "\n  ".join(f"INSERT INTO vector_item_changes (item_id) VALUES ({row});" for row in rows)
        condition = f"{_CODED}{' AND ' + when if when else ''}"
        return f"CREATE TRIGGER {name} AFTER {on} FOR EACH ROW WHEN {condition} BEGIN\n  {body}\nEND"

    changed = "NEW.type IS NOT OLD.type OR NEW.organization_id IS NOT OLD.organization_id"
    links = "item_tag_links"
    return [
        trigger("items_codes_update", "UPDATE OF type, organization_id ON items", f"({changed})", "NEW.id"),
        # a foreign OR REPLACE is an insert alone
        trigger(
            "items_codes_insert",
            "INSERT ON items",
            "EXISTS (SELECT 1 FROM embedding_states WHERE item_id = NEW.id)",
            "NEW.id",
        ),
        trigger(
            "contents_codes_update",
            "UPDATE OF item_id ON contents",
            "NEW.item_id IS NOT OLD.item_id",
            "OLD.item_id",
            "NEW.item_id",
        ),
        trigger(f"{links}_codes_insert", f"INSERT ON {links}", "", "NEW.item_id"),
        trigger(f"{links}_codes_update", f"UPDATE ON {links}", "", "OLD.item_id", "NEW.item_id"),
        trigger(f"{links}_codes_delete", f"DELETE ON {links}", "", "OLD.item_id"),
    ]


def _suspects(model: type[Row]) -> list[str]:
    """Note rows whose second unique key a new row takes: a foreign OR REPLACE deletes them unheard."""
    table = model._meta.table_name
    keys = [f.column_name for f in model._meta.sorted_fields if f.unique and not f.primary_key]
    found = []
    for key in keys:
        clash = f"{table}.{key} = NEW.{key} AND {table}.id <> NEW.id"
        body = (
            f"INSERT INTO local_suspects (tbl, pk) SELECT '{table}', id FROM {table} WHERE {clash}"
            f" AND NOT EXISTS (SELECT 1 FROM local_suspects s WHERE s.tbl = '{table}' AND s.pk = {table}.id);"
        )
        when = f"EXISTS (SELECT 1 FROM {table} WHERE {clash})"
        name = f"{table}_suspect_{key}"
        found.append(_trigger(f"{name}_insert", when, f"BEFORE INSERT ON {table} FOR EACH ROW", body))
        found.append(_trigger(f"{name}_update", when, f"BEFORE UPDATE OF {key} ON {table} FOR EACH ROW", body))
    return found


def statements() -> list[str]:
    """Return the local tables, then all triggers."""
    stamped = [model for model in TABLES if issubclass(model, Timestamped)]
    return [
        *LOCAL_TABLES,
        *SYNC_TABLES,
        *(_touch(model) for model in stamped),
        *_text("items", "id, title, description"),
        _trigger(
            "items_text_title",
            "NEW.title IS NOT OLD.title",
            "AFTER UPDATE OF title ON items FOR EACH ROW",
            "INSERT INTO text_pending (id) SELECT c.id FROM contents c WHERE c.item_id = NEW.id"
            " AND NOT EXISTS (SELECT 1 FROM text_pending p WHERE p.id = c.id);",
        ),
        _trigger(
            "items_text_contents",
            "",
            "AFTER INSERT ON items FOR EACH ROW",
            "INSERT INTO text_pending (id) SELECT c.id FROM contents c WHERE c.item_id = NEW.id"
            " AND NOT EXISTS (SELECT 1 FROM text_pending p WHERE p.id = c.id);",
        ),
        *_text("contents", "id, item_id, text"),
        *_states(),
        *(ddl for model in stamped for ddl in _suspects(model)),
        *_noted_vectors(),
        *_noted_items(),
    ]
