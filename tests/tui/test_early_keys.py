"""Keys that are typed before a form is there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Input, TextArea

from localstore.store import Store
from tests.tui.pilot import PATIENCE, Driver, driving
from tests.tui.rows import filled
from tui.screens.forms.early_keys import EarlyKeys
from tui.screens.item.content_form import ContentForm
from tui.screens.item.form import ItemForm
from tui.screens.item.meta_form import MetaForm
from tui.screens.records.form import RecordForm
from tui.screens.settings.setting_form import Holders, SettingForm

TYPED = "typed at once"


@pytest.fixture
def full(store: Store) -> Store:
    return filled(store)


def first(store: Store, table: str) -> str:
    return store.table(table).keys()[0]


async def typed_at_once(ui: Driver, form: Screen[Any], *more: str) -> None:
    """Open a form and type, before anything of it is there: nothing is read until all keys were kept."""
    go_on, keys = threading.Event(), [*TYPED, *more]
    assert isinstance(form, EarlyKeys)
    ui.app.reader.submit(ui.app, lambda: (go_on.wait(PATIENCE), None)[1])
    ui.app.push_screen(form)
    for key in keys:
        ui._send(key)
    while not form.ready and len(form._early) < len(keys):
        await asyncio.sleep(0.001)
    go_on.set()
    await ui.settle()


def held(form: Screen[Any]) -> str:
    """What the field that has the focus holds."""
    field = form.focused
    assert isinstance(field, Input | TextArea)
    return field.value if isinstance(field, Input) else field.text


MADE: dict[str, Callable[[Store], Screen[Any]]] = {
    "a new item": lambda _: ItemForm(None, [], []),
    "an item": lambda store: ItemForm(first(store, "items"), [], []),
    "a new text": lambda store: ContentForm(first(store, "items"), None),
    "a text": lambda store: ContentForm(first(store, "items"), first(store, "contents")),
    "metadata": lambda store: MetaForm(first(store, "items")),
    "a new row": lambda _: RecordForm("users"),
    "a row": lambda store: RecordForm("tags", first(store, "tags")),
    "a setting": lambda _: SettingForm(None, Holders(), []),
}


@pytest.mark.parametrize("form", MADE)
async def test_keys_typed_before_a_form_is_there_stand_in_it(full: Store, path: Path, form: str) -> None:
    async with driving(path) as ui:
        shown = MADE[form](full)
        await typed_at_once(ui, shown)
        assert TYPED in held(shown)


async def test_what_was_typed_at_once_stands_beside_what_is_stored(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = RecordForm("tags", first(full, "tags"))
        await typed_at_once(ui, form)
        stored = full.table("tags").name_of(first(full, "tags"))
        assert held(form) == stored.removeprefix("#") + TYPED


async def test_a_form_typed_and_saved_at_once_is_saved_whole(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        await typed_at_once(ui, ItemForm(None, [], []), "ctrl+s")
    assert TYPED in [row.title for row in full.items.rows().rows]


async def test_a_key_that_moves_on_is_taken_in_its_turn(full: Store, path: Path) -> None:
    async with driving(path) as ui:
        form = ItemForm(None, [], [])
        await typed_at_once(ui, form, "tab", "x")
        assert (form.one("title"), form.one("type")) == (TYPED, "x")
