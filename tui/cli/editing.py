"""Saving an edited item: its columns and its texts in one action, which one undo takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localstore.errors import LocalstoreError
from tui.cli.draft import Draft, DraftMistake, compose, parse
from tui.cli.editor import DraftError, open_editor, read_draft, write_draft

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.cli.session import Session


def edit_in_editor(session: Session, store: Store, item: dict[str, Any]) -> None:
    """Let the person edit an item's document in their editor, and save what changed.

    A draft that cannot be read or saved stays in its file; DraftError says where.
    """
    text, mark = compose(item)
    path = write_draft(text)
    open_editor(path)
    found = read_draft(path)
    if found == text:
        path.unlink()
        session.say("Nothing changed.")
        return
    _save_draft(store, item, found, mark, path)
    path.unlink()
    session.say(f"Saved {item['title']!r}.")


def _save_draft(store: Store, item: dict[str, Any], found: str, mark: str, path: Path) -> None:
    try:
        draft = parse(found, mark, item)
        save(store, item["id"], item["updated_at"], draft.columns, **_changed(item, draft))
    except (DraftMistake, LocalstoreError) as error:
        sentence = str(error).rstrip(".")
        raise DraftError(f"{sentence}. Nothing was saved: the draft stays in {path}.") from None


def _changed(item: dict[str, Any], draft: Draft) -> dict[str, Any]:
    before = {part["id"]: part for part in item["contents"]}
    texts = {pk: text for pk, text in draft.texts.items() if text != before[pk]["text"]}
    roles = {pk: role for pk, role in draft.roles.items() if role != before[pk]["role"]}
    return {"texts": texts, "roles": roles, "added": draft.added}


def save(
    store: Store,
    item: str,
    expected: Any,
    columns: Mapping[str, Any],
    *,
    texts: Mapping[str, str] = {},
    roles: Mapping[str, str] = {},
    added: Sequence[tuple[str, str]] = (),
) -> None:
    """Write columns, texts by content id, roles by content id, and new texts, all or nothing.

    Raises EditConflict when the item, or one of its texts, changed after *expected*.
    """
    from localstore import tables
    from localstore.contents import append
    from localstore.models import Content, Item
    from localstore.rules import conflict

    with store.action("item.edited", "edit item") as action:
        row = tables.need(action.connection, Item, item)
        changed = action.update(Item, item, columns, expected)
        if (texts or roles or added) and not changed and tables.moment(expected) != row["updated_at"]:
            raise conflict(Item, item, {}, row)
        for pk in {*texts, *roles}:
            given = {"text": texts.get(pk), "role": roles.get(pk)}
            action.update(Content, pk, {name: value for name, value in given.items() if value is not None})
        for role, text in added:
            append(action, item, {"role": role, "text": text})
        if texts or roles or added:
            action.touch(item)
        title = tables.need(action.connection, Item, item)["title"]
        action.label = f"edit {title[:60]!r}"
        action.about = {"item_id": item, "organization_id": row["organization_id"]}
