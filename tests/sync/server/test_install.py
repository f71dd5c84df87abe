"""Preparing a database: once, again, by administrators with few rights, behind other people's locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from sync.errors import Contention, NotPrepared, RightMissing, ServerError, ServerUnreachable, SyncError
from sync.postgres.connection import Connection, connect
from sync.postgres.server import (
    administrator,
    devices,
    examine,
    install,
    script,
    state_of_server,
    survey,
    switches,
    trigger_state,
)
from sync.postgres.server.install import init
from tests.postgres import Server
from tests.sync.server.conftest import log, value

STATE = """
SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
  SELECT concat_ws(' ', oid, tgname, tgenabled, xmin) AS line FROM pg_trigger
  UNION ALL SELECT concat_ws(' ', oid, proname, xmin) FROM pg_proc WHERE pronamespace = 'localstore_sync'::regnamespace
  UNION ALL SELECT concat_ws(' ', oid, relname, relacl, xmin) FROM pg_class
    WHERE relnamespace <> 'pg_toast'::regnamespace
  UNION ALL SELECT concat_ws(' ', key, value, xmin) FROM localstore_sync.settings) AS all_of_it"""


@contextmanager
def opened(url: str) -> Iterator[Connection]:
    with connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(administrator, "LOCK_TIMEOUT", "20ms")
    monkeypatch.setattr(trigger_state, "WAIT", 0.001)


def as_role(url: str, name: str) -> str:
    """The URL for a role; the socket of the tests' server asks for no password."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{name}@{place}").geturl()


def role(connection: Connection, name: str, options: str = "LOGIN") -> str:
    """Make a role that is there once for all tests, with these options and no memberships."""
    if value(connection, "SELECT count(*) FROM pg_roles WHERE rolname = %s", name) == 0:
        connection.execute(f"CREATE ROLE {name}")
    held = connection.execute(
        "SELECT format('REVOKE %%I FROM %%I GRANTED BY %%I', roleid::regrole, member::regrole, grantor::regrole) "
        "FROM pg_auth_members WHERE member = %s::regrole",
        [name],
    ).fetchall()
    connection.execute("; ".join(sql for (sql,) in held))
    connection.execute(f"ALTER ROLE {name} NOSUPERUSER NOCREATEROLE; ALTER ROLE {name} {options}")
    return name


@pytest.fixture
def owned(postgres_url: str) -> str:
    """The URL of a database whose thirteen tables belong to a role without power, which may make schemas in it."""
    with opened(postgres_url) as connection:
        name = role(connection, "app_owner")
        connection.execute(f'GRANT CREATE ON DATABASE "{connection.info.dbname}" TO {name}')
        connection.execute(f"GRANT ALL ON SCHEMA public TO {name}")
        rows = connection.execute(
            "SELECT format('ALTER TABLE %s OWNER TO app_owner', oid::regclass) FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall()
        connection.execute("; ".join(sql for (sql,) in rows))
    return as_role(postgres_url, "app_owner")


def test_the_second_time_nothing_changes(foreign: str) -> None:
    first = init(foreign)
    with opened(foreign) as connection:
        before = value(connection, STATE)
        second = init(foreign)
        assert (value(connection, STATE), second.steps) == (before, ())
    assert first.steps[-1].startswith("put triggers on app.user, app.organization, ")


def test_what_will_be_done_is_told_before_it_is_done(foreign: str) -> None:
    order: list[str] = []
    init(foreign, found=lambda line: order.append("found"), report=lambda line: order.append("done"))
    assert order == ["found"] * 13 + ["done"] * (len(order) - 13)


def test_a_prepared_database_is_in_order(prepared: str) -> None:
    assert examine.check(prepared) == []


def test_the_script_does_what_init_does(foreign: str) -> None:
    text = script.ddl_of(foreign)
    with opened(foreign) as connection:
        connection.execute(text)
        connection.execute("UPDATE app.tag SET name = 'x'")
        assert [row[0] for row in log(connection)] == ["tags"]
    assert init(foreign).steps == ()
    assert [each for each in examine.check(foreign) if each.weight == "broken"] == []


def test_the_script_makes_the_thirteen_tables_where_there_are_none(empty: str) -> None:
    text = script.ddl_of(empty)
    with opened(empty) as connection:
        assert value(connection, "SELECT to_regclass('items')") is None
        connection.execute(text)
    assert (init(empty).steps, examine.check(empty)) == ((), [])


def test_a_second_database_of_a_server_gets_a_role_of_its_own(prepared: str, empty: str) -> None:
    init(empty)
    first, second = state_of_server.status(prepared), state_of_server.status(empty)
    assert first.role != second.role
    assert (first.owner, second.owner) == ("localstore_owner", "localstore_owner")
    assert (examine.check(prepared), examine.check(empty)) == ([], [])


def test_a_device_has_no_right_on_any_table(prepared: str) -> None:
    with opened(prepared) as connection:
        found = connection.execute(
            "SELECT c.relname FROM pg_class AS c JOIN localstore_sync.settings AS s ON s.key = 'role' "
            "WHERE c.relkind IN ('r', 'S', 'v') "
            "AND c.relnamespace IN ('public'::regnamespace, 'localstore_sync'::regnamespace) "
            "AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(s.value, c.oid, 'USAGE') "
            "ELSE has_table_privilege(s.value, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') END"
        ).fetchall()
    assert found == []


def test_the_functions_belong_to_a_role_that_cannot_log_in(prepared: str) -> None:
    with opened(prepared) as connection:
        rows = connection.execute(
            "SELECT DISTINCT r.rolname, r.rolcanlogin, r.rolsuper, p.prosecdef, p.proconfig[1] FROM pg_proc AS p "
            "JOIN pg_roles AS r ON r.oid = p.proowner WHERE p.pronamespace = 'localstore_sync'::regnamespace"
        ).fetchall()
    assert rows == [("localstore_owner", False, False, True, "search_path=pg_catalog, localstore_sync, pg_temp")]


def test_nobody_else_can_call_a_function_or_put_our_triggers_on_a_table(prepared: str) -> None:
    with opened(prepared) as connection:
        name = role(connection, "somebody")
        connection.execute(f"GRANT USAGE ON SCHEMA localstore_sync TO {name}")
        callable_by = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'localstore_sync'::regnamespace "
            "AND has_function_privilege('somebody', oid, 'EXECUTE')"
        ).fetchall()
    assert callable_by == []


# -- administrators with few rights --------------------------------------------------------------------------


def test_an_owner_of_the_tables_who_may_make_roles_prepares_everything(owned: str, postgres: Connection) -> None:
    role(postgres, "app_owner", "LOGIN CREATEROLE")
    init(owned)
    init(owned)
    assert [each for each in examine.check(owned) if each.kind != "role"] == []
    with opened(owned) as connection:
        connection.execute("INSERT INTO tags (name) VALUES ('x')")
    assert [row[0] for row in log(postgres)] == ["tags"]


def test_who_prepared_everything_can_take_it_away_again(owned: str, postgres: Connection) -> None:
    role(postgres, "app_owner", "LOGIN CREATEROLE")
    init(owned)
    steps = switches.uninstall(owned)
    assert "dropped the schema localstore_sync" in steps
    assert value(postgres, "SELECT count(*) FROM pg_class WHERE relacl::text ~ 'localstore'") == 0
    init(owned)
    assert [each for each in examine.check(owned) if each.weight == "broken"] == []


def test_without_the_right_to_make_roles_one_sentence_says_what_to_ask_for(owned: str) -> None:
    with pytest.raises(RightMissing) as caught:
        init(owned)
    assert str(caught.value) == (
        "app_owner may not make the role that devices log in as: have it made with CREATE ROLE localstore_device LOGIN "
        "PASSWORD '…' and say --device-role localstore_device, or ask for ALTER ROLE \"app_owner\" CREATEROLE"
    )


def test_with_a_role_for_devices_that_others_made_the_owner_of_the_tables_owns_the_functions(
    owned: str, postgres: Connection
) -> None:
    role(postgres, "phones", "LOGIN PASSWORD 'given'")
    report = init(owned, device_role="phones", device_password="given")
    now = state_of_server.status(owned)
    assert (now.role, now.owner) == ("phones", "app_owner")
    assert "devices log in as phones" in report.steps
    assert init(owned).steps == ()
    postgres.execute("INSERT INTO users (email) VALUES ('ada@example.org')")
    assert "//phones:given@" in devices.add_device(owned, "ada@example.org", "phone")


@pytest.mark.parametrize(
    ("options", "said"),
    [("NOLOGIN", "cannot log in"), ("LOGIN CREATEROLE", "has rights over the whole server")],
)
def test_a_role_for_devices_that_is_no_good_is_refused(
    prepared: str, server: Connection, options: str, said: str
) -> None:
    role(server, "laptops", options)
    with pytest.raises(SyncError, match=f"^the role laptops {said}"):
        init(prepared, device_role="laptops")


def test_who_does_not_own_the_tables_is_told_whose_they_are(owned: str, postgres: Connection) -> None:
    name = role(postgres, "stranger", "LOGIN CREATEROLE")
    with pytest.raises(RightMissing, match=r'^public\.\w+ belongs to app_owner, .* GRANT "app_owner" TO "stranger"'):
        init(as_role(owned, name))


def test_who_may_not_make_a_schema_is_told_the_grant(owned: str, postgres: Connection) -> None:
    postgres.execute(f'REVOKE CREATE ON DATABASE "{postgres.info.dbname}" FROM app_owner')
    with pytest.raises(RightMissing, match=r'GRANT CREATE ON DATABASE "localstore_test_\w+" TO "app_owner" allows it$'):
        init(owned)


# -- servers that will not do ----------------------------------------------------------------------------------


def test_a_database_in_another_encoding_is_refused(postgres_server: Server) -> None:
    postgres_server.admin.execute(
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    postgres_server._left.append("latin")
    with pytest.raises(SyncError, match=r"^the database's encoding is SQL_ASCII: sync needs one in UTF8$"):
        init(urlsplit(postgres_server.url)._replace(path="/latin").geturl())


class Elsewhere:
    """A server that answers as one that cannot be had here does."""

    def __init__(self, version: str, number: int = 180000, **answers: Any) -> None:
        self.answers = {"version()": version, "to_regprocedure": False, "pg_is_in_recovery": False} | answers
        self.info = type("Info", (), {"server_version": number})()

    def execute(self, sql: str) -> Elsewhere:
        self.row = (next(answer for part, answer in self.answers.items() if part in sql),)
        return self

    def fetchone(self) -> tuple[Any]:
        return self.row


@pytest.mark.parametrize(
    ("server", "said"),
    [
        (Elsewhere("CockroachDB CCL v24.1"), "this is CockroachDB, which lacks"),
        (Elsewhere("PostgreSQL 15.2-YB-2.25.0.0-b0"), "this is YugabyteDB, which lacks"),
        (Elsewhere("PostgreSQL 12.22 on x86_64", 120022), "this is PostgreSQL 12.22: sync needs PostgreSQL 13"),
        (Elsewhere("PostgreSQL 18.1 on x86_64", pg_is_in_recovery=True), "this server is a replica"),
    ],
)
def test_servers_without_what_sync_is_built_on_are_refused_in_one_sentence(server: Any, said: str) -> None:
    with pytest.raises(SyncError, match=f"^{said}"):
        survey.need_fit_server(server)


def test_tables_that_citus_spreads_over_machines_are_refused(postgres_url: str, postgres: Connection) -> None:
    postgres.execute(
        "SET allow_system_table_mods TO on; CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass)"
    )
    postgres.execute("INSERT INTO pg_catalog.pg_dist_partition VALUES ('public.items')")
    with pytest.raises(SyncError, match=r"^public\.items is distributed by Citus"):
        init(postgres_url)


def test_row_level_security_is_refused_until_a_policy_lets_our_functions_see_every_row(
    postgres_url: str, postgres: Connection
) -> None:
    postgres.execute("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    with pytest.raises(SyncError) as caught:
        init(postgres_url)
    said = str(caught.value)
    assert said.startswith("public.items has row level security, which would hide its rows from sync: ")
    role(postgres, "localstore_owner", "NOLOGIN")
    postgres.execute(said[said.index("CREATE POLICY") : said.index(" lets them")])
    init(postgres_url)
    assert examine.check(postgres_url) == []


def test_a_restrictive_policy_is_refused_whatever_else_admits(postgres_url: str, postgres: Connection) -> None:
    postgres.execute("ALTER TABLE items ENABLE ROW LEVEL SECURITY; CREATE POLICY a ON items USING (true)")
    init(postgres_url, dry_run=True)
    postgres.execute("CREATE POLICY b ON items AS RESTRICTIVE USING (title <> 'secret')")
    with pytest.raises(SyncError, match="row level security"):
        init(postgres_url)


def test_a_server_prepared_by_a_newer_version_is_left_alone(prepared: str, server: Connection) -> None:
    server.execute("UPDATE localstore_sync.settings SET value = '9' WHERE key = 'schema'")
    with pytest.raises(SyncError, match=r"^the server was prepared by a newer localstore \(its schema is 9"):
        init(prepared)
    assert [each.message[:46] for each in examine.check(prepared)] == ["the server was prepared by a newer localstore "]


def test_a_device_url_is_no_administrators(prepared: str, server: Connection) -> None:
    server.execute("INSERT INTO users (email) VALUES ('ada@example.org')")
    with pytest.raises(Exception, match=r"^this is a device's address"):
        init(devices.add_device(prepared, "ada@example.org", "phone"))


def test_commands_of_a_prepared_server_say_that_another_is_not(empty: str) -> None:
    with pytest.raises(NotPrepared, match=r"is not prepared: 'sync server init URL' does it$"):
        devices.devices(empty)


def test_a_server_that_is_not_there_is_told_as_unreachable() -> None:
    with pytest.raises(ServerUnreachable):
        init("postgresql://nobody@/nothing?host=/nowhere")


# -- locks -----------------------------------------------------------------------------------------------------


def test_behind_a_long_transaction_a_trigger_gives_way_and_is_tried_again(
    postgres_url: str, postgres: Connection, quick: None
) -> None:
    said: list[str] = []
    with connect(postgres_url) as busy:
        busy.execute("LOCK TABLE items IN ROW EXCLUSIVE MODE")

        def report(line: str) -> None:
            said.append(line)
            if "in use" in line:
                busy.rollback()

        init(postgres_url, report=report)
    assert [line for line in said if "in use" in line] == ["public.items is in use: trying again (2 of 6)"]
    assert examine.check(postgres_url) == []


def test_a_table_that_is_never_free_is_named_and_what_was_done_stays(
    postgres_url: str, postgres: Connection, quick: None
) -> None:
    with connect(postgres_url) as busy:
        busy.execute("LOCK TABLE items IN ROW EXCLUSIVE MODE")
        with pytest.raises(Contention, match=r"^public\.items was in use at each of 6 tries"):
            init(postgres_url)
    there = postgres.execute(
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ '^localstore'"
    ).fetchall()
    assert {name for (name,) in there} == {"users", "organizations", "organization_memberships", "ai_models"}
    assert init(postgres_url).steps == (
        "put triggers on public.items, public.contents, public.embeddings, public.file_assets, public.events, "
        "public.tags, public.item_tag_links, public.settings, public.api_keys",
    )


def test_a_step_that_fails_leaves_nothing_half_made(postgres_url: str, postgres: Connection) -> None:
    postgres.execute("CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
                     "IF tg_tag = 'CREATE TRIGGER' THEN RAISE EXCEPTION 'not on my watch'; END IF; END $$; "
                     "CREATE EVENT TRIGGER watch ON ddl_command_start EXECUTE FUNCTION f()")  # fmt: skip
    with pytest.raises(ServerError, match="not on my watch"):
        init(postgres_url)
    postgres.execute("DROP EVENT TRIGGER watch")
    assert [step[:15] for step in init(postgres_url).steps] == ["put triggers on"]


def test_two_who_prepare_at_once_do_it_once(postgres_url: str, postgres: Connection, quick: None) -> None:
    with connect(postgres_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (administrator._ONE_AT_A_TIME,))
        with pytest.raises(Contention):
            init(postgres_url)
    assert install.init(postgres_url).steps != ()
    with pytest.raises(psycopg.errors.DuplicateSchema):
        postgres.execute("CREATE SCHEMA localstore_sync")
