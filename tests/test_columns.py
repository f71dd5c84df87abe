"""A column of a model is carried everywhere; what forgets one is named here, before a person loses what it says."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

from localstore import Store, tables
from localstore.bulk.rows import COLUMNS
from localstore.exporting import export
from localstore.fields import JsonField
from localstore.importing import ImportOptions, import_files
from localstore.models import BY_NAME, Content, Embedding, FileAsset, Item, Row
from localstore.records import ContentRecord, EmbeddingRecord, FileRecord, ItemRecord
from localstore.transfer.item_writer import item_object
from localstore.transfer.spreadsheet import HEADER
from tui.cli.commands import add, edit
from tui.cli.item_card import document
from tui.screens.forms.form_values import FormValues

RECORDS: dict[type[Row], type] = {
    Item: ItemRecord,
    Content: ContentRecord,
    Embedding: EmbeddingRecord,
    FileAsset: FileRecord,
}
NAMED = {"owner_id": "owner", "organization_id": "organization"}
"""A record says an owner's e-mail and an organization's slug."""
HELD = {"item_id", "content_id", "model_id", "dim"}
"""Said by what holds a record, by the model it names, by the vector itself."""
GIVEN = [name for name in tables.columns(Item) if name not in ("id", "created_at", "updated_at", "owner_id")]
"""Columns of an item that a person writes in a form; whose it is, is not asked there."""
KEPT = [name for name in GIVEN if name != "organization_id"]
"""Those whose values mean the same in every store."""
OPTIONS = {"organization_id": "organization", "meta_data": "meta"}


def carried() -> list[tuple[type[Row], str]]:
    return [(m, n) for m in RECORDS for n in tables.columns(m) if n not in HELD and (m, n) != (FileAsset, "owner_id")]


def label(value: object) -> str:
    return value._meta.table_name if isinstance(value, type) and issubclass(value, Row) else str(value)


@pytest.fixture
def filled(tmp_path: Path) -> Store:
    """A store with one item, of which every column says something of its own."""
    store = Store.open(tmp_path / "filled.db", email="ada@example.org")
    store.items.add("one", text="words")
    values = {name: value(name) for name in KEPT}
    store.items.edit("one", **values)
    return store


def value(name: str) -> Any:
    field = tables.field_of(Item, name)
    return {"said": name} if isinstance(field, JsonField) else f"what {name} says"


def written(store: Store) -> dict[str, Any]:
    (item,) = store.items.all()
    return {name: getattr(item, name) for name in KEPT} | {"meta_data": {"said": item.meta_data.get("said")}}


# -- records and rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "column"), carried(), ids=label)
def test_a_record_has_every_column(model: type[Row], column: str) -> None:
    assert NAMED.get(column, column) in {field.name for field in fields(RECORDS[model])}


@pytest.mark.parametrize("table", [name for name in COLUMNS if name in BY_NAME])
def test_a_new_row_is_written_with_every_column(table: str) -> None:
    assert sorted(COLUMNS[table].split()) == sorted(tables.columns(BY_NAME[table]))


# -- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", tables.columns(Item))
def test_a_line_of_json_has_every_column_of_an_item(column: str) -> None:
    assert NAMED.get(column, column) in item_object(ItemRecord("title"))


@pytest.mark.parametrize("column", tables.columns(Item))
def test_a_table_has_every_column_of_an_item(column: str) -> None:
    assert NAMED.get(column, column) in HEADER


@pytest.mark.parametrize("name", ["all.jsonl", "all.csv", "all"])
def test_every_column_of_an_item_goes_out_and_comes_in(filled: Store, tmp_path: Path, name: str) -> None:
    with filled, Store.open(tmp_path / "other.db", email="bea@example.org") as other:
        export(filled, tmp_path / name)
        import_files(other, [tmp_path / name], ImportOptions())
        assert written(other) == written(filled) == {column: value(column) for column in KEPT}


@pytest.mark.parametrize("column", KEPT)
def test_an_import_takes_over_a_column_that_alone_was_changed(filled: Store, tmp_path: Path, column: str) -> None:
    with filled, Store.open(tmp_path / "other.db", email="bea@example.org") as other:
        export(filled, tmp_path / "first.jsonl")
        import_files(other, [tmp_path / "first.jsonl"], ImportOptions(source="all"))
        (item,) = filled.items.all()
        changed = {"said": "more"} if column == "meta_data" else "changed"
        filled.items.edit(item.id, **{column: changed})
        export(filled, tmp_path / "second.jsonl")
        import_files(other, [tmp_path / "second.jsonl"], ImportOptions(source="all", on_conflict="update"))
        assert written(other)[column] == changed


def test_every_column_of_an_item_comes_from_another_store(filled: Store, tmp_path: Path) -> None:
    with filled, Store.open(tmp_path / "other.db", email="bea@example.org") as other:
        import_files(other, [filled.path], ImportOptions())
        assert written(other) == written(filled)


# -- commands and forms -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", tables.columns(Item))
def test_show_says_every_column_of_an_item_to_a_program(filled: Store, column: str) -> None:
    with filled:
        (item,) = filled.items.all()
        assert NAMED.get(column, column) in document(filled, item.id)


@pytest.mark.parametrize("column", GIVEN)
@pytest.mark.parametrize("command", [add.entry, edit.entry], ids=["add", "edit"])
def test_a_command_takes_every_column_of_an_item(command: click.Command, column: str) -> None:
    known = {name for each in command.params for name in (each.name, *(opt.lstrip("-") for opt in each.opts))}
    assert OPTIONS.get(column, column) in known


@pytest.mark.parametrize("column", GIVEN)
def test_the_form_has_every_column_of_an_item(column: str) -> None:
    assert NAMED.get(column, column) in FormValues.NAMES
