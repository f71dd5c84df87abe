"""``check`` names what is not as it was installed, one sentence each; ``repair`` sets right what it can."""

from __future__ import annotations

import pytest

from localstore.errors import InvalidValue
from sync.errors import SyncError
from sync.postgres.connection import Connection, connect
from sync.postgres.server import devices, examine, install, role_check, state_of_server, switches, trimming
from tests.sync.server.conftest import value

A = "00000000-0000-4000-8000-00000000000a"
DEVICE = "00000000-0000-4000-8000-0000000000d0"


def role_of(url: str) -> str:
    return state_of_server.status(url).role


def messages(url: str) -> list[str]:
    return [each.message for each in examine.check(url)]


def floor(connection: Connection) -> int:
    return int(value(connection, "SELECT value FROM localstore_sync.settings WHERE key = 'floor'"))


@pytest.fixture
def known(server: Connection) -> Connection:
    """A prepared server that a device has synced with."""
    server.execute(f"INSERT INTO users (id, email) VALUES ('{A}', 'ada@example.org')")
    server.execute(
        f"INSERT INTO localstore_sync.devices (id, user_id, name, secret_hash) VALUES ('{DEVICE}', '{A}', 'x', '')"
    )
    server.execute(f"INSERT INTO localstore_sync.device_state (device, cursor, seen_at, pulled_at) "
                   f"VALUES ('{DEVICE}', pg_current_snapshot(), now(), now())")  # fmt: skip
    return server


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP TRIGGER localstore_sync_update ON tags",
         "changes of public.tags are not noticed: localstore_sync_update is missing"),
        ("ALTER TABLE tags DISABLE TRIGGER localstore_sync_row",
         "changes of public.tags are not noticed: localstore_sync_row is not ENABLE ALWAYS"),
        ("ALTER TABLE tags ENABLE TRIGGER localstore_sync_row",
         "changes of public.tags are not noticed: localstore_sync_row is not ENABLE ALWAYS"),
        ("DROP TRIGGER localstore_sync_update ON tags; CREATE TRIGGER localstore_sync_update AFTER UPDATE ON tags "
         "FOR EACH ROW WHEN (false) EXECUTE FUNCTION localstore_sync.note_items(); "
         "ALTER TABLE tags ENABLE ALWAYS TRIGGER localstore_sync_update",
         "changes of public.tags are not noticed: localstore_sync_update is another trigger"),
        ("CREATE OR REPLACE FUNCTION localstore_sync.note_tags() RETURNS trigger LANGUAGE plpgsql AS "
         "$$ BEGIN RETURN NULL; END $$", "functions of the schema localstore_sync were changed or dropped"),
        ("DROP FUNCTION localstore_sync.count_items()",
         "functions of the schema localstore_sync were changed or dropped"),
        ("GRANT EXECUTE ON FUNCTION localstore_sync.fingerprint() TO PUBLIC",
         "functions of the schema localstore_sync were changed or dropped"),
        ("REVOKE UPDATE ON tags FROM localstore_owner",
         'a right on public.tags is missing: GRANT UPDATE ON "public"."tags" TO "localstore_owner"'),
        ("REVOKE USAGE ON SCHEMA localstore_sync FROM {role}",
         'a right on the schema localstore_sync is missing: GRANT USAGE ON SCHEMA localstore_sync TO "{role}"'),
        ("GRANT SELECT ON tags TO {role}", "devices may SELECT on public.tags, past every rule"),
        ("GRANT SELECT ON localstore_sync.settings TO {role}", "devices may use localstore_sync.settings directly"),
        ("ALTER ROLE {role} SET work_mem TO '1GB'", "the role {role} has a default of its own: work_mem=1GB"),
        ("ALTER ROLE {role} PASSWORD 'mine'", "the password of {role} was changed: devices cannot connect"),
        ("ALTER ROLE {role} NOLOGIN", "the role {role} may not log in"),
        ("ALTER ROLE {role} CONNECTION LIMIT 0", "the role {role} may have 0 connections only"),
        ("ALTER ROLE {role} VALID UNTIL '2020-01-01'", "the password of {role} has expired (VALID UNTIL)"),
        ("ALTER ROLE {role} CREATEDB", "the role {role} has rights over the whole server"),
        ("GRANT pg_read_all_data TO {role}", "the role {role} is a member of pg_read_all_data, with its rights"),
    ],
)  # fmt: skip
def test_damage_is_named_in_one_sentence_and_repaired(
    server: Connection, prepared: str, damage: str, said: str
) -> None:
    role = role_of(prepared)
    server.execute(damage.format(role=role))
    assert said.format(role=role) in messages(prepared)
    assert examine.repair(prepared) == []
    assert messages(prepared) == []


def test_a_table_that_was_made_again_is_found_and_every_device_compares(known: Connection, prepared: str) -> None:
    known.execute(
        "CREATE TABLE copy (LIKE tags INCLUDING ALL); DROP TABLE tags CASCADE; ALTER TABLE copy RENAME TO tags"
    )
    assert "changes of public.tags are not noticed: its triggers are missing, as after it was made again" in messages(
        prepared
    )
    cursor = int(value(known, "SELECT pg_snapshot_xmin(cursor)::text FROM localstore_sync.device_state"))
    said: list[str] = []
    assert examine.repair(prepared, report=said.append) == []
    assert said[-1] == "every device compares all its rows when it next syncs"
    assert floor(known) > cursor
    assert floor(known) < int(value(known, "SELECT pg_current_xact_id()::text")) + 1


def test_a_column_of_another_type_makes_every_device_compare_once(known: Connection, prepared: str) -> None:
    known.execute("ALTER TABLE tags ALTER color TYPE varchar(20) USING upper(color)")
    assert "the functions are those of another version, or of other column types" in messages(prepared)
    examine.repair(prepared)
    after = floor(known)
    examine.repair(prepared)
    assert (after > 0, floor(known), messages(prepared)) == (True, after, [])


def test_a_renamed_column_is_named_and_repair_asks_for_it_back(server: Connection, prepared: str) -> None:
    server.execute("ALTER TABLE tags RENAME color TO colour")
    assert messages(prepared)[0] == "public.tags.color is missing: the table needs a column color of type text"
    with pytest.raises(SyncError, match=r"^public\.tags\.color is missing"):
        examine.repair(prepared)


def test_a_table_that_is_gone_is_named(server: Connection, prepared: str) -> None:
    server.execute("ALTER TABLE tags RENAME TO labels")
    said = "public.tags, the table of tags, is gone or has another name now: 'server init --map' names it"
    assert messages(prepared)[0] == said
    with pytest.raises(
        InvalidValue, match=r"^there is no table public\.tags on the server, .* --map tags=SCHEMA\.TABLE$"
    ):
        examine.repair(prepared)
    install.init(prepared, mapping={"tags": ("public", "labels")})
    assert messages(prepared) == []


def test_row_level_security_that_was_switched_on_is_found_with_the_policy_to_make(
    server: Connection, prepared: str
) -> None:
    server.execute("ALTER TABLE items ENABLE ROW LEVEL SECURITY")
    found = messages(prepared)
    assert len(found) == 1
    assert found[0].startswith(
        "public.items has row level security, which would hide its rows from sync: CREATE POLICY"
    )


def test_a_wider_text_column_and_columns_of_the_owners_are_no_finding(server: Connection, prepared: str) -> None:
    server.execute("ALTER TABLE items ADD extra int, ADD other jsonb; ALTER TABLE items DROP COLUMN extra")
    assert messages(prepared) == []


def test_an_index_that_was_dropped_is_told_as_a_risk(server: Connection, prepared: str) -> None:
    server.execute("DROP INDEX items_owner_id")
    assert messages(prepared) == ["no index of public.items begins with owner_id: devices' reads of it will be slow"]


def test_sessions_left_open_and_devices_that_are_away_are_notes(
    known: Connection, prepared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_of_server, "IDLE_MINUTES", 0)
    known.execute("UPDATE localstore_sync.device_state SET seen_at = now() - interval '60 days'")
    with connect(prepared) as idle:
        idle.execute("SELECT 1")
        pid = idle.info.backend_pid
        found = examine.check(prepared)
    assert {each.weight for each in found} == {"note"}
    assert [each.kind for each in found].count("devices") == 1
    assert any(f"the session {pid} of " in each.message for each in found)


def test_a_password_is_told_from_another_by_its_verifier() -> None:
    # RFC 7677's example password with the salt and the rounds of its test vector
    verifier = (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    assert role_check.verifies(verifier, "pencil")
    assert not role_check.verifies(verifier, "pen")
    assert not role_check.verifies("md5abc", "pencil")


# -- switches --------------------------------------------------------------------------------------------------


def test_switched_off_devices_are_kept_out_and_changes_are_still_noted(known: Connection, prepared: str) -> None:
    assert switches.disable(prepared) == ["devices are kept out"]
    assert switches.disable(prepared) == []
    known.execute("INSERT INTO tags (name) VALUES ('x')")
    assert value(known, "SELECT count(*) FROM localstore_sync.log WHERE tbl = 'tags'") == 1
    assert switches.enable(prepared) == ["devices are let in"]
    assert (switches.enable(prepared), floor(known)) == ([], 0)


def test_without_triggers_nothing_of_ours_is_on_a_table_and_devices_compare_afterwards(
    known: Connection, prepared: str
) -> None:
    switches.disable(prepared, without_triggers=True)
    known.execute("INSERT INTO tags (name) VALUES ('x')")
    assert value(known, "SELECT count(*) FROM pg_trigger WHERE tgname ~ '^localstore'") == 0
    assert value(known, "SELECT count(*) FROM localstore_sync.log WHERE tbl = 'tags'") == 0
    switches.enable(prepared)
    assert (floor(known) > 0, messages(prepared)) == (True, [])


def test_uninstalled_nothing_of_ours_is_left_and_the_rows_stay(server: Connection, prepared: str) -> None:
    server.execute("INSERT INTO tags (name) VALUES ('x')")
    role = role_of(prepared)
    switches.uninstall(prepared)
    assert value(server, "SELECT count(*) FROM tags") == 1
    assert value(server, "SELECT to_regnamespace('localstore_sync')") is None
    assert value(server, "SELECT count(*) FROM pg_trigger WHERE tgname ~ 'localstore'") == 0
    assert value(server, "SELECT count(*) FROM pg_class WHERE relacl::text ~ 'localstore'") == 0
    assert value(server, "SELECT count(*) FROM pg_roles WHERE rolname = %s AND NOT EXISTS (SELECT FROM pg_shdepend "
                 "WHERE refobjid = pg_roles.oid)", role) == 0  # fmt: skip
    server.execute("UPDATE tags SET name = 'y'")


# -- the log made shorter --------------------------------------------------------------------------------------


def test_what_every_living_device_has_goes_and_the_rest_stays(known: Connection, prepared: str) -> None:
    known.execute("DELETE FROM localstore_sync.log; INSERT INTO tags (name) VALUES ('old')")
    known.execute("UPDATE localstore_sync.device_state SET cursor = pg_current_snapshot()")
    known.execute("INSERT INTO tags (name) VALUES ('new')")
    done = trimming.trim(prepared)
    assert (done.log, value(known, "SELECT count(*) FROM localstore_sync.log")) == (1, 1)
    assert floor(known) == int(value(known, "SELECT pg_snapshot_xmin(cursor)::text FROM localstore_sync.device_state"))


def test_a_device_that_is_away_for_longer_than_the_retention_holds_nothing(known: Connection, prepared: str) -> None:
    known.execute("UPDATE localstore_sync.device_state SET seen_at = now() - interval '31 days'")
    known.execute("INSERT INTO tags (name) VALUES ('new')")
    trimming.trim(prepared)
    assert value(known, "SELECT count(*) FROM localstore_sync.log") == 0
    assert floor(known) > int(value(known, "SELECT pg_snapshot_xmin(cursor)::text FROM localstore_sync.device_state"))


def test_of_many_changes_of_one_row_that_no_cursor_parts_one_entry_stays(known: Connection, prepared: str) -> None:
    tag = value(known, "INSERT INTO tags (name) VALUES ('x') RETURNING id::text")
    other = value(known, "INSERT INTO tags (name) VALUES ('y') RETURNING id::text")
    known.execute("UPDATE localstore_sync.device_state SET cursor = pg_current_snapshot()")
    for name in ("a", "b", "c"):
        known.execute("UPDATE tags SET name = %s", (name,))
    done = trimming.trim(prepared)
    left = known.execute("SELECT pk, op::text FROM localstore_sync.log").fetchall()
    assert (done.superseded, sorted(left)) == (4, sorted([(tag, "U"), (other, "U")]))


@pytest.mark.parametrize(
    ("cursors", "spans"),
    [
        ([(10, 10)], [(0, 10)]),
        ([(20, 20), (10, 10)], [(0, 10), (10, 20)]),
        ([(10, 15), (20, 20)], [(0, 10), (15, 20)]),
        ([(10, 30), (20, 25), (40, 40)], [(0, 10), (30, 40)]),
        ([(10, 10), (10, 12), (12, 12)], [(0, 10)]),
    ],
)
def test_a_span_is_seen_by_each_cursor_whole_or_not_at_all(
    cursors: list[tuple[int, int]], spans: list[tuple[int, int]]
) -> None:
    assert trimming.ranges([trimming.Snapshot(*each) for each in cursors]) == spans


def test_a_device_that_has_rows_and_no_cursor_yet_keeps_the_log(known: Connection, prepared: str) -> None:
    known.execute("UPDATE localstore_sync.device_state SET cursor = NULL")
    known.execute("INSERT INTO tags (name) VALUES ('new')")
    assert (trimming.trim(prepared).log, floor(known)) == (0, 0)


def test_status_counts_devices_and_tells_the_tables(known: Connection, prepared: str) -> None:
    now = state_of_server.status(prepared)
    assert (now.devices, now.devices_seen, now.enabled, now.tables["items"]) == (1, 1, True, "public.items")
    assert devices.devices(prepared)[0].email == "ada@example.org"
