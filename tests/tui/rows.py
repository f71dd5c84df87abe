"""A store with a row in each of the thirteen tables, and what a person writes to make another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from localstore.store import Store
from tests.tui.pilot import Driver
from tui.record_fields import Kind
from tui.screens.records.admin import AdminScreen
from tui.screens.records.form import RecordForm
from tui.screens.records.secrets import SecretDialog


def filled(store: Store) -> Store:
    """Add what the fixture's store lacks: a row in every table."""
    store.users.add("grace@example.org", "Grace Hopper")
    store.organizations.add("Reading group", "readers")
    store.memberships.add("ada@example.org", "readers", "owner")
    model = store.ai_models.add("bge-small", "fastembed", parameters={"dim": 3})
    item = store.items.page().rows[0].id
    store.embeddings.put_one(model.id, [0.5, 0.25, 1.0], item=item)
    store.files.add(filename="paper.pdf", path="file://host/paper.pdf", item_id=item)
    store.settings.set("import.split", "headings")
    store.api_keys.new(description="backup", scopes=["items:read"])
    return store


@dataclass(frozen=True)
class Written:
    """What is written in the fields of a new row, which ones are chosen, and a change of one column afterwards."""

    texts: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    change: tuple[str, str] = ("", "")
    changed: Any = None
    find: str = ""


NEW: dict[str, Written] = {
    "users": Written({"email": "kay@example.org"}, {}, ("full_name", "Kay"), "Kay", "kay@"),
    "organizations": Written({"name": "Lab"}, {}, ("plan_type", "team"), "team", "slug=lab"),
    "organization_memberships": Written(
        {}, {"user_id": "grace", "organization_id": "reading"}, ("role", "a"), "admin", "user=grace@example.org"
    ),
    "ai_models": Written({"provider": "openai", "name": "ada"}, {}, ("version", "2"), "2", "provider=openai"),
    "items": Written({"title": "Idea"}, {}, ("description", "long"), "long", "idea"),
    "contents": Written({"text": "A thought"}, {"item_id": "retry"}, ("role", "system"), "system", "thought"),
    "embeddings": Written(
        {"vector": "[1, 2, 3]"}, {"model_id": "bge", "item_id": "retry"}, ("meta_data", '{"a": 1}'), {"a": 1}, "retry"
    ),
    "file_assets": Written(
        {"filename": "b.txt", "path": "file://host/b"}, {}, ("mime_type", "text/plain"), "text/plain", "filename~b.t"
    ),
    "events": Written({"event_type": "note.read"}, {}, ("payload", '{"b": 2}'), {"b": 2}, "event_type=note.read"),
    "tags": Written({"name": "later"}, {}, ("color", "teal"), "teal", "later"),
    "item_tag_links": Written({}, {"item_id": "retry", "tag_id": "nlp"}, ("tag_id", "todo"), "todo", "item~retry"),
    "settings": Written({"key": "my.key", "value": "1"}, {}, ("value", "[2]"), [2], "key=my.key"),
    "api_keys": Written({"description": "robot"}, {}, ("scopes", '["items:*"]'), ["items:*"], "robot"),
}


async def fill(ui: Driver, column: str, text: str) -> None:
    """Write in a field what a person writes there, instead of what it holds; a link is searched for."""
    form = ui.app.screen
    assert isinstance(form, RecordForm)
    field = form.field(column)
    assert field is not None
    form.focus_field(field)
    await ui.settle()
    if field.spec.kind is Kind.LINK:
        await ui.press("enter")
        await ui.write(text)
        await ui.press("enter")
    elif field.spec.kind is Kind.CHOICE:
        await ui.write(text)
    else:
        await ui.press(*(["f7"] if field.editor_wanted else ["end", "ctrl+u"]))
        await ui.write(text)


async def fill_all(ui: Driver, texts: dict[str, str]) -> None:
    """Write in several fields."""
    for column, text in texts.items():
        await fill(ui, column, text)


async def open_table(ui: Driver, table: str) -> AdminScreen:
    """Go to Admin, and there to the rows of a table."""
    await ui.press("8")
    screen = ui.app.screen
    assert isinstance(screen, AdminScreen)
    screen.rail.choose(table)
    await ui.press("enter")
    assert screen.table_name == table
    return screen


async def close_secret(ui: Driver) -> None:
    """Close the dialog that shows a new API key, when there is one."""
    if isinstance(ui.app.screen, SecretDialog):
        await ui.press("escape")


def keys(screen: AdminScreen) -> list[str]:
    """The keys of the rows in memory, in order."""
    blocks = screen.table.blocks
    return [row.key for at in range(blocks.length) if (row := blocks.row(at)) is not None]
