"""The thirteen tables are the same on both databases, and are what the contract says.

The contract is written out by hand from models.md and schema.md: not one line of it comes from the models.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import psycopg
import pytest

from localstore import migrations, models, schema, times, triggers
from localstore.database import Database
from sync.postgres.connection import Connection, connect
from tests.postgres import Server
from tests.sync.catalogs import (
    Table,
    postgres_table,
    postgres_tables,
    sqlite_table,
    sqlite_tables,
)
from tests.sync.sides import OPTIONAL_PARENTS, PARENTS, Postgres, Side, Sqlite, insert

STAMPED = {"id": "uuid = new id", "created_at": "time = now", "updated_at": "time = now"}
CASCADE, SET_NULL = "on delete cascade", "on delete set null"


def marked(*columns: str) -> frozenset[tuple[str, ...]]:
    """Keys or indexes over one column each, or over several with commas between."""
    return frozenset(tuple(each.split(", ")) for each in columns)


CONTRACT = {
    "users": Table(
        {
            **STAMPED,
            "email": "text",
            "hashed_password": "text = ",
            "full_name": "text null",
            "is_active": "flag = true",
            "is_superuser": "flag = false",
            "auth_provider": "text = local",
            "extras": "json = {}",
        },
        unique=marked("email"),
        indexes=marked("is_active", "is_superuser", "auth_provider"),
    ),
    "organizations": Table(
        {**STAMPED, "name": "text", "slug": "text", "plan_type": "text = free", "meta_data": "json = {}"},
        unique=marked("slug"),
        indexes=marked("name", "plan_type"),
    ),
    "organization_memberships": Table(
        {
            **STAMPED,
            "user_id": "uuid",
            "organization_id": "uuid",
            "role": "text = member",
            "joined_at": "time = now",
        },
        indexes=marked("user_id", "organization_id", "role"),
        foreign_keys={
            "user_id": f"users.id, {CASCADE}",
            "organization_id": f"organizations.id, {CASCADE}",
        },
    ),
    "items": Table(
        {
            **STAMPED,
            "owner_id": "uuid",
            "organization_id": "uuid null",
            "type": "text = note",
            "title": "text",
            "description": "text null",
            "meta_data": "json = {}",
        },
        indexes=marked("owner_id", "organization_id", "type", "title", "updated_at, id", "type, updated_at, id"),
        foreign_keys={
            "owner_id": f"users.id, {CASCADE}",
            "organization_id": f"organizations.id, {SET_NULL}",
        },
    ),
    "contents": Table(
        {
            **STAMPED,
            "item_id": "uuid",
            "role": "text = user",
            "text": "text = ",
            "meta_data": "json = {}",
        },
        indexes=marked("item_id", "role", "item_id, created_at, id"),
        foreign_keys={"item_id": f"items.id, {CASCADE}"},
    ),
    "embeddings": Table(
        {
            **STAMPED,
            "model_id": "uuid",
            "content_id": "uuid null",
            "item_id": "uuid null",
            "vector": "vector",
            "dim": "number",
            "meta_data": "json = {}",
        },
        unique=marked("content_id"),
        indexes=marked("model_id", "item_id"),
        foreign_keys={
            "model_id": f"ai_models.id, {CASCADE}",
            "content_id": f"contents.id, {CASCADE}",
            "item_id": f"items.id, {CASCADE}",
        },
    ),
    "file_assets": Table(
        {
            **STAMPED,
            "owner_id": "uuid",
            "item_id": "uuid null",
            "filename": "text",
            "path": "text",
            "mime_type": "text null",
            "size_bytes": "number = 0",
            "checksum": "text null",
            "meta_data": "json = {}",
        },
        unique=marked("path"),
        indexes=marked("owner_id", "item_id"),
        foreign_keys={"owner_id": f"users.id, {CASCADE}", "item_id": f"items.id, {SET_NULL}"},
    ),
    "events": Table(
        {
            **STAMPED,
            "actor_id": "uuid null",
            "organization_id": "uuid null",
            "item_id": "uuid null",
            "model_id": "uuid null",
            "event_type": "text",
            "payload": "json = {}",
        },
        indexes=marked("actor_id", "organization_id", "item_id", "model_id", "event_type"),
        foreign_keys={
            "actor_id": f"users.id, {SET_NULL}",
            "organization_id": f"organizations.id, {SET_NULL}",
            "item_id": f"items.id, {SET_NULL}",
            "model_id": f"ai_models.id, {SET_NULL}",
        },
    ),
    "tags": Table({**STAMPED, "name": "text", "color": "text null"}, indexes=marked("name")),
    "item_tag_links": Table(
        {"item_id": "uuid", "tag_id": "uuid"},
        key=("item_id", "tag_id"),
        indexes=marked("item_id", "tag_id"),
        foreign_keys={"item_id": f"items.id, {CASCADE}", "tag_id": f"tags.id, {CASCADE}"},
    ),
    "settings": Table(
        {
            **STAMPED,
            "scope": "text",
            "key": "text",
            "value": "json",
            "user_id": "uuid null",
            "organization_id": "uuid null",
        },
        indexes=marked("scope", "key", "user_id", "organization_id"),
        foreign_keys={
            "user_id": f"users.id, {CASCADE}",
            "organization_id": f"organizations.id, {CASCADE}",
        },
    ),
    "ai_models": Table(
        {
            **STAMPED,
            "name": "text",
            "provider": "text",
            "version": "text null",
            "parameters": "json = {}",
            "meta_data": "json = {}",
        },
        indexes=marked("name", "provider", "version"),
    ),
    "api_keys": Table(
        {
            **STAMPED,
            "key_hash": "text",
            "user_id": "uuid",
            "description": "text null",
            "scopes": "json = []",
            "expires_at": "time null",
            "last_used_at": "time null",
        },
        unique=marked("key_hash"),
        indexes=marked("user_id"),
        foreign_keys={"user_id": f"users.id, {CASCADE}"},
    ),
}

ON_SQLITE = {
    "uuid": "TEXT",
    "text": "TEXT",
    "time": "TEXT",
    "json": "TEXT",
    "flag": "INTEGER",
    "number": "INTEGER",
    "vector": "BLOB",
    "true": "1",
    "false": "0",
}
ON_POSTGRES = {
    "uuid": "uuid",
    "text": "text",
    "time": "timestamp with time zone",
    "json": "jsonb",
    "flag": "boolean",
    "number": "bigint",
    "vector": "jsonb",
}


def spelled(table: Table, words: dict[str, str]) -> Table:
    """The contract of a table in the words of one database."""
    columns = {
        column: " ".join(words.get(word, word) for word in spec.split(" ")) for column, spec in table.columns.items()
    }
    return replace(table, columns=columns)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    """A new store's file."""
    database = Database(tmp_path_factory.mktemp("parity") / "store.db")
    with database.reading() as connection:
        yield connection
    database.close()


@pytest.fixture(scope="module")
def server(postgres_server: Server, postgres_template: str) -> Iterator[Connection]:
    """A new server's database."""
    with postgres_server.database(postgres_template) as url, connect(url, autocommit=True) as connection:
        yield connection


def test_the_file_holds_the_tables_of_the_contract(file: apsw.Connection) -> None:
    assert sqlite_tables(file) >= set(CONTRACT)
    assert len(CONTRACT) == 13


@pytest.mark.postgres
def test_the_server_holds_the_tables_of_the_contract_and_no_other(server: Connection) -> None:
    assert postgres_tables(server) == set(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT)
def test_a_table_of_the_file_is_what_the_contract_says(file: apsw.Connection, name: str) -> None:
    assert sqlite_table(file, name) == spelled(CONTRACT[name], ON_SQLITE)


@pytest.mark.postgres
@pytest.mark.parametrize("name", CONTRACT)
def test_a_table_of_the_server_is_what_the_contract_says(server: Connection, name: str) -> None:
    assert postgres_table(server, name) == spelled(CONTRACT[name], ON_POSTGRES)


@pytest.mark.postgres
@pytest.mark.parametrize("name", CONTRACT)
def test_file_and_server_name_the_same_columns(file: apsw.Connection, server: Connection, name: str) -> None:
    assert set(sqlite_table(file, name).columns) == set(postgres_table(server, name).columns)


@pytest.mark.parametrize("name", CONTRACT)
def test_a_table_of_the_file_is_strict(file: apsw.Connection, name: str) -> None:
    assert file.execute(f"SELECT strict FROM pragma_table_list('{name}')").fetchall() == [(1,)]


@pytest.fixture
def new_file(tmp_path: Path) -> Iterator[Sqlite]:
    database = Database(tmp_path / "store.db")
    with database.writing() as connection:
        yield Sqlite(connection)
    database.close()


@pytest.fixture
def new_server(postgres: Connection) -> Postgres:
    return Postgres(postgres)


@pytest.fixture(params=["new_file", pytest.param("new_server", marks=pytest.mark.postgres)])
def side(request: pytest.FixtureRequest) -> Side:
    """Each database in turn, without rows."""
    chosen: Side = request.getfixturevalue(request.param)
    return chosen


@pytest.mark.parametrize("name", sorted(set(CONTRACT) - {"item_tag_links"}))
def test_a_row_of_the_needed_columns_alone_gets_a_key_and_times(side: Side, name: str) -> None:
    row = insert(side, name)
    assert str(uuid.UUID(str(row["id"]))) == str(row["id"])
    assert row["created_at"] == row["updated_at"]
    assert recent(row["created_at"])


def recent(moment: str | datetime) -> bool:
    """Tell whether a column's time is of this minute, in UTC whatever the machine's zone."""
    seen = times.from_text(times.stamp(moment))
    return abs(datetime.now(UTC) - seen) < timedelta(minutes=1)


def test_a_link_needs_nothing_but_its_two_keys(side: Side) -> None:
    assert list(insert(side, "item_tag_links")) == ["item_id", "tag_id"]


def test_two_rows_get_two_keys(side: Side) -> None:
    first, second = insert(side, "tags"), insert(side, "tags")
    assert first["id"] != second["id"]


def test_a_key_that_the_file_makes_is_a_uuid_of_version_7(new_file: Sqlite) -> None:
    assert uuid.UUID(insert(new_file, "tags")["id"]).version == 7


def test_a_scope_must_be_one_of_three(side: Side) -> None:
    insert(side, "settings")
    with pytest.raises((apsw.ConstraintError, psycopg.errors.CheckViolation)):
        side.run("UPDATE settings SET scope = 'galaxy'")


def written(*statements: str) -> list[tuple[Any, ...]]:
    """What SQLite notes of a schema, however its lines are broken: ``ADD COLUMN`` begins none."""
    connection = apsw.Connection(":memory:")
    connection.execute(";\n".join(statements))
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    return [(*row[:3], row[3] and " ".join(row[3].split())) for row in rows]


def test_the_migrations_make_what_the_models_and_triggers_say() -> None:
    folder = Path(migrations.__file__).parent
    frozen = [(folder / name).read_text(encoding="utf-8") for _, name in sorted(migrations.STEPS.items())]
    assert written(*frozen) == written(*schema.statements(), *triggers.statements())


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A file with one row in each table, every key set: each relation leads to the one row there is."""
    database = Database(tmp_path_factory.mktemp("linked") / "store.db")
    parents = {name: {**PARENTS.get(name, {}), **OPTIONAL_PARENTS.get(name, {})} for name in PARENTS | OPTIONAL_PARENTS}
    with database.writing() as connection:
        for name in models.BY_NAME:
            insert(Sqlite(connection), name, parents)
        yield
    database.close()


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize(
    ("model", "relation", "other"),
    [
        (models.User, "items", models.Item),
        (models.User, "events", models.Event),
        (models.User, "files", models.FileAsset),
        (models.User, "api_keys", models.APIKey),
        (models.User, "memberships", models.OrganizationMembership),
        (models.User, "settings", models.Setting),
        (models.Organization, "items", models.Item),
        (models.Organization, "events", models.Event),
        (models.Organization, "settings", models.Setting),
        (models.Organization, "memberships", models.OrganizationMembership),
        (models.Item, "contents", models.Content),
        (models.Item, "embeddings", models.Embedding),
        (models.Item, "files", models.FileAsset),
        (models.Item, "events", models.Event),
        (models.Item, "tags", models.Tag),
        (models.Tag, "items", models.Item),
        (models.AIModel, "embeddings", models.Embedding),
        (models.AIModel, "events", models.Event),
    ],
)
def test_a_relation_to_many_leads_to_their_rows(
    model: type[models.Row], relation: str, other: type[models.Row]
) -> None:
    assert list(getattr(model.get(), relation)) == [other.get()]


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize(
    ("model", "relation", "other"),
    [
        (models.OrganizationMembership, "user", models.User),
        (models.OrganizationMembership, "organization", models.Organization),
        (models.Item, "owner", models.User),
        (models.Item, "organization", models.Organization),
        (models.Content, "item", models.Item),
        (models.Content, "embedding", models.Embedding),
        (models.Embedding, "content", models.Content),
        (models.Embedding, "item", models.Item),
        (models.Embedding, "ai_model", models.AIModel),
        (models.FileAsset, "owner", models.User),
        (models.FileAsset, "item", models.Item),
        (models.Event, "actor", models.User),
        (models.Event, "organization", models.Organization),
        (models.Event, "item", models.Item),
        (models.Event, "ai_model", models.AIModel),
        (models.Setting, "user", models.User),
        (models.Setting, "organization", models.Organization),
        (models.APIKey, "user", models.User),
    ],
)
def test_a_relation_to_one_leads_to_its_row(model: type[models.Row], relation: str, other: type[models.Row]) -> None:
    assert getattr(model.get(), relation) == other.get()
