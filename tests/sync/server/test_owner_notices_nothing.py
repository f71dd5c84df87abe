"""The owner of an existing database notices nothing: rights, statements, migrations and schema stay as they were."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from sync.postgres.connection import Connection, connect
from sync.postgres.server import examine, install, switches
from tests.sync.server import adopted
from tests.sync.server.adopted import CONTENT, ITEM, TAG, USER
from tests.sync.server.conftest import log, value

ROLES = ("shop_writer", "shop_reader", "shop_stranger")
GRANTS = """
GRANT USAGE ON SCHEMA app TO shop_writer, shop_reader;
GRANT USAGE ON SEQUENCE app.item_number TO shop_writer;
GRANT SELECT, INSERT, UPDATE ON app.item, app.content, app.tag TO shop_writer;
GRANT SELECT ON app.itemtaglink, app."user" TO shop_writer;
GRANT DELETE, TRUNCATE ON app.tag TO shop_writer;
GRANT UPDATE (full_name) ON app."user" TO shop_writer;
GRANT SELECT ON app.item TO shop_reader"""
STATEMENTS = (
    "SELECT count(*) FROM app.item",
    'SELECT count(*) FROM app."user"',
    "SELECT count(*) FROM app.apikey",
    f"INSERT INTO app.tag VALUES ('{CONTENT}', now(), now(), 'new', NULL)",
    f"INSERT INTO app.item (id, created_at, updated_at, owner_id, type, title, meta_data) "
    f"VALUES ('{CONTENT}', now(), now(), '{USER}', 'NOTE', 'x', '{{}}')",
    f"INSERT INTO app.item (id, created_at, updated_at, owner_id, type, title, meta_data) "
    f"VALUES ('{ITEM}', now(), now(), '{USER}', 'NOTE', 'x', '{{}}') ON CONFLICT (id) DO UPDATE SET title = 'y'",
    "UPDATE app.item SET meta_data = '{\"b\": 1}', title = 'new' RETURNING title",
    "UPDATE app.item SET type = 'nonsense'",
    "UPDATE app.\"user\" SET full_name = 'A'",
    "UPDATE app.\"user\" SET email = 'x'",
    "UPDATE app.content SET item_id = NULL",
    "DELETE FROM app.tag",
    "DELETE FROM app.item",
    "TRUNCATE app.tag",
    "TRUNCATE app.tag, app.itemtaglink",
    "TRUNCATE app.item CASCADE",
    "LOCK TABLE app.item IN ACCESS EXCLUSIVE MODE",
    "ALTER TABLE app.item ADD x int",
    "CREATE TABLE app.more (id int)",
    "CREATE SCHEMA more",
    "SELECT * FROM localstore_sync.log",
    "SELECT localstore_sync.fingerprint()",
)


@pytest.fixture
def shop(foreign: str) -> str:
    """A database of another program with roles of few rights."""
    with connect(foreign, autocommit=True) as connection:
        for_all = [f"DO $$ BEGIN CREATE ROLE {name}; EXCEPTION WHEN duplicate_object THEN END $$" for name in ROLES]
        connection.execute("; ".join([*for_all, GRANTS]))
    return foreign


def outcome(connection: Connection, role: str, statement: str) -> Any:
    """What a statement gives a role: the rows it touched and what it returned, or the error; taken back again."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET LOCAL ROLE {role}")
            cursor = connection.execute(statement)
            return cursor.rowcount, cursor.description and cursor.fetchall()
    except psycopg.Error as error:
        return error.sqlstate


def matrix(url: str) -> dict[tuple[str, str], Any]:
    with connect(url, autocommit=True) as connection:
        asked = [(role, each) for role in (*ROLES, "postgres") for each in STATEMENTS]
        return {(role, each): outcome(connection, role, each) for role, each in asked}


SCHEMA = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  pg_get_expr(d.adbin, d.adrelid) FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relnamespace = 'app'::regnamespace
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL
FROM pg_constraint WHERE connamespace = 'app'::regnamespace
UNION ALL SELECT 'table', relname, relowner::regrole::text, reloptions::text, relrowsecurity, relreplident::text
FROM pg_class WHERE relnamespace = 'app'::regnamespace
UNION ALL SELECT 'elsewhere', nspname, NULL, NULL, NULL, NULL FROM pg_namespace
WHERE nspname NOT LIKE 'pg_%%' AND nspname <> 'localstore_sync'
UNION ALL SELECT 'policy', polname, NULL, NULL, NULL, NULL FROM pg_policy
UNION ALL SELECT 'event trigger', evtname, NULL, NULL, NULL, NULL FROM pg_event_trigger
UNION ALL SELECT 'rule', rulename, NULL, NULL, NULL, NULL FROM pg_rules WHERE schemaname = 'app'
UNION ALL SELECT 'setting', setconfig::text, NULL, NULL, NULL, NULL FROM pg_db_role_setting"""


def schema(url: str) -> set[tuple[Any, ...]]:
    with connect(url) as connection:
        return set(connection.execute(SCHEMA.replace("%%", "%")).fetchall())


def test_each_role_can_do_exactly_what_it_could(shop: str) -> None:
    before = matrix(shop)
    install.init(shop)
    changed = {key: (before[key], now) for key, now in matrix(shop).items() if before[key] != now}
    ours = {key for key in changed if "localstore_sync" in key[1]}
    assert {key: value for key, value in changed.items() if key not in ours} == {}
    assert {changed[key][1] for key in ours if key[0] != "postgres"} == {"42501"}


def test_the_matrix_holds_successes_and_refusals_of_every_role(shop: str) -> None:
    found = matrix(shop)
    assert found["shop_writer", "SELECT count(*) FROM app.item"] == (1, [(1,)])
    assert found["shop_writer", "DELETE FROM app.item"] == "42501"
    assert found["shop_reader", "UPDATE app.item SET type = 'nonsense'"] == "22P02"
    assert found["postgres", "TRUNCATE app.item CASCADE"] == (-1, None)


def test_the_owners_schema_is_as_it_was(foreign: str) -> None:
    before = schema(foreign)
    install.init(foreign)
    assert schema(foreign) == before


def test_rows_are_as_they_were_and_are_not_rewritten(foreign: str) -> None:
    rows = "SELECT string_agg(concat_ws(' ', t.ctid, t.xmin, t), ',') FROM {} AS t"
    with connect(foreign, autocommit=True) as connection:
        before = {place: value(connection, rows.format(quoted(place))) for place in adopted.PLACES.values()}
        install.init(foreign)
        assert {place: value(connection, rows.format(quoted(place))) for place in adopted.PLACES.values()} == before


def quoted(place: str) -> str:
    return place.replace("app.user", 'app."user"')


def test_a_dump_of_the_owners_schema_can_be_dropped_and_nothing_depends_on_ours(foreign: str) -> None:
    install.init(foreign)
    with connect(foreign, autocommit=True) as connection:
        connection.execute("DROP SCHEMA localstore_sync CASCADE")
        connection.execute(f"UPDATE app.tag SET name = 'x' WHERE id = '{TAG}'")
        assert value(connection, "SELECT count(*) FROM pg_trigger WHERE tgname ~ 'localstore'") == 0


def test_the_owners_table_can_be_dropped_without_cascade(foreign: str) -> None:
    install.init(foreign)
    with connect(foreign, autocommit=True) as connection:
        connection.execute(
            "DROP TABLE app.apikey; DROP TABLE app.itemtaglink; DROP TABLE app.tag; DROP TYPE app.scope CASCADE"
        )
        connection.execute(f"DELETE FROM app.item WHERE id = '{ITEM}'")
    assert any(each.message.startswith("app.setting.scope is missing") for each in examine.check(foreign))


MIGRATIONS = (
    "ALTER TABLE app.item ADD COLUMN rating integer",
    "ALTER TABLE app.item ADD COLUMN score numeric NOT NULL DEFAULT 0",
    "ALTER TABLE app.item ALTER COLUMN rating TYPE bigint",
    "ALTER TABLE app.item RENAME COLUMN rating TO stars",
    "ALTER TABLE app.item DROP COLUMN stars",
    "ALTER TABLE app.item ALTER COLUMN title TYPE varchar(500)",
    "ALTER TABLE app.item ALTER COLUMN title TYPE text",
    "ALTER TABLE app.item ALTER COLUMN description SET NOT NULL",
    "ALTER TABLE app.item ADD CONSTRAINT titled CHECK (title <> '')",
    "ALTER TABLE app.item DROP COLUMN number",
    "ALTER TYPE app.item_type ADD VALUE 'CHAT'",
    "CREATE INDEX CONCURRENTLY ON app.item (title)",
    "CREATE VIEW app.titles AS SELECT id, title FROM app.item",
    "ALTER TABLE app.item DROP CONSTRAINT item_owner_id_fkey",
    'ALTER TABLE app.item ADD CONSTRAINT item_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES app."user" (id)',
    "ALTER TABLE app.item SET (fillfactor = 70)",
    "ALTER TABLE app.item ALTER COLUMN meta_data TYPE jsonb USING meta_data::jsonb",
    "VACUUM FULL app.item",
    "CLUSTER app.item USING item_pkey",
    "REINDEX TABLE app.item",
    "ALTER TABLE app.item RENAME COLUMN organization_id TO org_id",
    "ALTER TABLE app.item RENAME COLUMN org_id TO organization_id",
    "ALTER TABLE app.item RENAME TO things",
    "ALTER TABLE app.things RENAME TO item",
)


def test_each_step_of_a_migration_works_with_capture_on_and_the_next_write_is_noted(foreign: str) -> None:
    install.init(foreign)
    with connect(foreign, autocommit=True) as connection:
        connection.execute("UPDATE app.item SET description = ''")
        noted = [migrated(connection, step, number) for number, step in enumerate(MIGRATIONS)]
    assert noted == [1] * len(MIGRATIONS)
    assert [each.kind for each in examine.check(foreign) if each.weight == "broken"] == ["functions"]
    assert [each.weight for each in examine.repair(foreign) if each.weight == "broken"] == []


def migrated(connection: Connection, step: str, number: int) -> int:
    """Run a step and then write a row, by a session that wrote before; how many entries the log has of it."""
    connection.execute(step)
    table = value(connection, "SELECT relname FROM pg_class WHERE relname IN ('item', 'things') AND relkind = 'r'")
    before = len(log(connection))
    connection.execute(f"UPDATE app.{table} SET title = %s", (f"Title {number}",))
    return len(log(connection)) - before


def test_a_table_that_is_dropped_and_made_again_is_repaired_to_be_captured(foreign: str) -> None:
    install.init(foreign)
    with connect(foreign, autocommit=True) as connection:
        connection.execute("CREATE TABLE app.new (LIKE app.setting INCLUDING ALL); DROP TABLE app.setting; "
                           "ALTER TABLE app.new RENAME TO setting")  # fmt: skip
        assert examine.repair(foreign)[0].kind == "tables"
        connection.execute("INSERT INTO app.setting VALUES (gen_random_uuid(), now(), now(), 'global', 'k', '1')")
        assert [row[0] for row in log(connection)] == ["settings"]


def test_a_column_that_a_key_needs_can_be_dropped_and_writers_go_on(foreign: str) -> None:
    install.init(foreign)
    with connect(foreign, autocommit=True) as connection:
        connection.execute("ALTER TABLE app.setting DROP COLUMN id, DROP COLUMN user_id")
        connection.execute("UPDATE app.setting SET key = 'x'; DELETE FROM app.setting; TRUNCATE app.setting")
    assert examine.check(foreign)[0].message.startswith("app.setting.id is missing")


def test_around_a_migration_sync_is_switched_off_and_on(foreign: str) -> None:
    install.init(foreign)
    switches.disable(foreign, without_triggers=True)
    with connect(foreign, autocommit=True) as connection:
        connection.execute("ALTER TABLE app.item ALTER title TYPE varchar(100) USING left(title, 100)")
        assert value(connection, "SELECT count(*) FROM pg_trigger WHERE tgname ~ 'localstore'") == 0
    switches.enable(foreign)
    assert [each for each in examine.check(foreign) if each.weight == "broken"] == []


def test_everything_another_program_does_still_works_on_an_adopted_database(foreign: str) -> None:
    install.init(foreign)
    with connect(foreign, autocommit=True) as connection:
        connection.execute(
            "UPDATE app.item SET meta_data = '{\"x\": [1]}'; UPDATE app.item SET meta_data = '{\"x\":  [1]}'"
        )
        connection.execute("UPDATE app.embedding SET vector = '[1.5, 2]'; DELETE FROM app.item")
        kinds = {(tbl, op) for tbl, _, op in log(connection)}
    # A json column keeps its text: other spaces are another value.
    assert ("items", "U") in kinds and ("embeddings", "U") in kinds
    assert {tbl for tbl, op in kinds if op == "D"} == {"items", "contents", "embeddings", "item_tag_links"}
