"""Finding the thirteen tables of a database, under whatever names and types another program gave them."""

from __future__ import annotations

import pytest

from localstore.errors import Ambiguous, InvalidValue
from localstore.models import BY_NAME
from sync.errors import SyncError
from sync.postgres.connection import Connection, connect
from sync.postgres.server import adoption, install, survey
from sync.postgres.server.install import InitReport
from tests.sync.server import adopted


def run(url: str, *statements: str) -> None:
    with connect(url, autocommit=True) as connection:
        connection.execute("; ".join(statements))


def looked(url: str, *maps: str, naive: str | None = None) -> InitReport:
    return install.init(url, dry_run=True, mapping=survey.parse_mapping(maps), naive_timestamps=naive)


def places(report: InitReport) -> dict[str, str]:
    return {each.name: each.place for each in report.survey.surveyed}


def line(report: InitReport, name: str) -> str:
    return next(each.line for each in report.survey.surveyed if each.name == name)


def columns(report: InitReport, name: str) -> dict[str, adoption.ServerColumn]:
    return {column.name: column for column in report.survey.tables[name].columns}


def test_tables_are_found_by_class_name_singular_and_snake_case_in_a_schema_of_their_own(foreign: str) -> None:
    assert places(looked(foreign)) == adopted.PLACES


def test_types_within_reason_are_adopted_and_told_before_anything_is_changed(foreign: str) -> None:
    found = looked(foreign)
    assert columns(found, "items")["type"].enum == ("NOTE", "PROMPT", "DATASET")
    assert columns(found, "items")["type"].type == "app.item_type"
    assert columns(found, "embeddings")["vector"].type == "json"
    assert columns(found, "organizations")["slug"].type == "app.slug"
    assert "type takes only NOTE, PROMPT, DATASET" in line(found, "items")
    assert "title is character varying" in line(found, "items")
    assert "number left alone" in line(found, "items")
    assert "no index begins with owner_id" in line(found, "items")
    assert "no index begins with user_id" in line(found, "organization_memberships")


def test_a_dry_run_changes_nothing(foreign: str) -> None:
    looked(foreign)
    with connect(foreign) as connection:
        row = connection.execute("SELECT to_regnamespace('localstore_sync') IS NULL").fetchone()
    assert row == (True,)


def test_a_server_made_by_this_program_is_what_plain_says(empty: str) -> None:
    install.init(empty)
    assert looked(empty).survey.tables == adoption.plain()


def test_an_empty_database_gets_all_thirteen_tables(empty: str) -> None:
    found = looked(empty)
    assert found.survey.missing == list(BY_NAME)
    assert found.steps[-2] == "make public.api_keys"


def test_missing_tables_are_made_beside_the_others_with_foreign_keys_to_their_names(foreign: str) -> None:
    run(foreign, "DROP TABLE app.itemtaglink, app.content CASCADE")
    report = install.init(foreign)
    assert report.survey.missing == ["contents", "item_tag_links"]
    with connect(foreign, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'app.contents'::regclass "
            "AND contype = 'f'"
        ).fetchall()
    assert rows == [("FOREIGN KEY (item_id) REFERENCES app.item(id) ON DELETE CASCADE",)]


def test_two_tables_that_would_do_are_named_and_a_map_settles_it_for_good(foreign: str) -> None:
    run(foreign, "CREATE TABLE public.tags (LIKE app.tag INCLUDING ALL)")
    with pytest.raises(Ambiguous) as caught:
        looked(foreign)
    assert str(caught.value) == "tags may be app.tag or public.tags: say which with --map tags=app.tag"
    install.init(foreign, mapping={"tags": ("app", "tag")})
    assert places(looked(foreign))["tags"] == "app.tag"


def test_a_map_of_one_table_settles_the_schema_of_the_others(postgres_url: str) -> None:
    run(postgres_url, adopted.TABLES)
    assert set(places(looked(postgres_url, "users=app.user")).values()) == set(adopted.PLACES.values())


def test_tables_behind_a_prefix_are_found_when_they_have_all_columns(postgres_url: str) -> None:
    run(postgres_url, "ALTER TABLE items RENAME TO shop_items", "ALTER TABLE contents RENAME TO shop_contents")
    found = places(looked(postgres_url))
    assert (found["items"], found["contents"]) == ("public.shop_items", "public.shop_contents")


def test_a_table_of_another_kind_with_our_name_is_refused_by_name(empty: str) -> None:
    run(empty, "CREATE TABLE events (id bigint PRIMARY KEY, starts date)")
    with pytest.raises(SyncError, match=r"^public\.events is another table than ours of that name \(it lacks "):
        looked(empty)


def test_a_missing_column_is_refused_by_name(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.item DROP COLUMN description")
    with pytest.raises(SyncError, match=r"^app\.item\.description is missing: the table needs a column description of"):
        looked(foreign)


def test_a_column_of_an_unfit_type_is_refused_by_name(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.embedding ALTER vector TYPE text")
    with pytest.raises(SyncError, match=r"^app\.embedding\.vector has type text, which cannot hold what ours does"):
        looked(foreign)


def test_timestamps_without_a_zone_are_refused_until_they_are_said_to_be_utc(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.tag ALTER created_at TYPE timestamp")
    with pytest.raises(SyncError, match=r"^app\.tag\.created_at is a timestamp without a zone: .*--naive-timestamps"):
        looked(foreign)
    assert columns(looked(foreign, naive="utc"), "tags")["created_at"].naive


def test_what_was_said_of_timestamps_is_remembered(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.tag ALTER created_at TYPE timestamp")
    install.init(foreign, naive_timestamps="utc")
    assert install.init(foreign).steps == ()


def test_a_table_without_its_primary_key_is_refused(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.itemtaglink DROP CONSTRAINT itemtaglink_pkey")
    with pytest.raises(SyncError, match=r"^app\.itemtaglink has no primary key over item_id, tag_id"):
        looked(foreign)


def test_a_required_column_that_devices_do_not_know_is_told(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.tag ADD tenant int", "UPDATE app.tag SET tenant = 1",
        "ALTER TABLE app.tag ALTER tenant SET NOT NULL")  # fmt: skip
    assert "tenant is NOT NULL without a default: new rows from devices are refused" in line(looked(foreign), "tags")


def test_a_missing_foreign_key_another_action_and_a_missing_unique_key_are_told(foreign: str) -> None:
    run(foreign, "ALTER TABLE app.content DROP CONSTRAINT content_item_id_fkey",
        "ALTER TABLE app.membership DROP CONSTRAINT membership_user_id_fkey, ADD FOREIGN KEY (user_id) "
        'REFERENCES app."user" (id) ON DELETE RESTRICT',
        'ALTER TABLE app."user" DROP CONSTRAINT user_email_key')  # fmt: skip
    found = looked(foreign)
    assert "item_id has no foreign key to items" in line(found, "contents")
    assert "user_id is ON DELETE RESTRICT, ours CASCADE" in line(found, "organization_memberships")
    assert "email is not unique" in line(found, "users")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("things=app.x", "'things' is none of the thirteen tables"),
        ("items=item", "'items=item' should name a schema and a table"),
    ],
)
def test_a_map_that_cannot_be_read_is_refused(words: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        survey.parse_mapping([words])


def test_a_map_to_a_table_that_is_not_there_is_refused(empty: str) -> None:
    with pytest.raises(InvalidValue, match=r"^there is no table app\.item on the server, which items is said to be"):
        looked(empty, "items=app.item")


def test_one_table_cannot_be_two(postgres_url: str) -> None:
    with pytest.raises(InvalidValue, match=r"^public\.tags cannot be both events and tags"):
        looked(postgres_url, "events=public.tags")


def test_quoted_names_are_found_and_written_quoted(postgres: Connection, postgres_url: str) -> None:
    postgres.execute('CREATE SCHEMA "My ""App"""; ALTER TABLE tags SET SCHEMA "My ""App"""')
    postgres.execute('ALTER TABLE "My ""App""".tags RENAME TO "Tag"')
    install.init(postgres_url)
    postgres.execute('INSERT INTO "My ""App"""."Tag" (name) VALUES (gen_random_uuid()::text)')
    row = postgres.execute("SELECT tbl FROM localstore_sync.log").fetchone()
    assert row == ("tags",)
