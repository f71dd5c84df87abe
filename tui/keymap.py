"""Keys: every binding of every widget, with an id, its keys, its help and its name in the palette.

A person's ``keymap.json`` (in the platform's folder for configuration) changes keys by id and merges with these::

    {"items.delete": "x", "motion.down": ["down", "ctrl+n"], "vim": false}

``vim`` false drops the letters that move. A screen of its own adds keys with ``register``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore.errors import InvalidValue

if TYPE_CHECKING:
    from textual.binding import BindingType

SCOPES = {
    "everywhere": "Everywhere",
    "motion": "Moving in lists and texts",
    "list": "Lists",
    "items": "Items",
    "itemlist": "The list of items",
    "rail": "Rail of types, tags and saved searches",
    "detail": "Item",
    "find": "Find line",
    "editor": "Editor",
    "dialog": "Dialogs",
    "prompt": "Prompts and help",
    "conflict": "Two versions",
    "first": "First run",
    "vectors": "Vectors: models and statistics",
    "map": "Map of vectors",
    "similar": "Similar items",
    "card": "A vector and its neighbours",
    "sheet": "Comparisons",
    "pairs": "Near-duplicates",
    "sync": "Sync",
    "conflicts": "Conflicts",
    "merge": "A conflict, field by field",
    "row": "A row that waits",
    "own": "A value of one's own",
}
WITHIN = {
    "list": ("motion",),
    "itemlist": ("items", "list", "motion"),
    "items": ("motion",),
    "rail": ("motion",),
    "detail": ("items", "motion"),
    "vectors": ("list", "motion"),
    "similar": ("items", "list", "motion"),
    "card": ("list", "motion"),
    "sheet": ("list", "motion"),
    "pairs": ("list", "motion"),
    "sync": ("list", "motion"),
    "conflicts": ("list", "motion"),
    "merge": ("list", "motion"),
    "row": ("list", "motion"),
}
"""Scopes whose keys hold at the same time, besides ``everywhere``."""


@dataclass(frozen=True, slots=True)
class Key:
    """One binding: ``footer`` is its word in the footer, empty when it is not shown there."""

    id: str
    keys: tuple[str, ...]
    action: str
    help: str
    palette: str
    footer: str = ""
    letters: tuple[str, ...] = ()
    priority: bool = False

    @property
    def scope(self) -> str:
        """Return where the key holds: the front of the id."""
        return self.id.partition(".")[0]

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Return the keys with the letters of vim."""
        return (*self.keys, *self.letters)


Keys = Mapping[str, Key]
KEYS: dict[str, Key] = {}


def register(*keys: Key) -> None:
    """Add bindings; a later one of the same id replaces the earlier."""
    KEYS.update({key.id: key for key in keys})


register(
    Key("everywhere.palette", ("ctrl+p",), "app.command_palette", "All actions, by name", "Palette", "palette"),
    Key("everywhere.go", (":",), "app.go", "Go to a screen or action by name", "Go to…"),
    Key("everywhere.find", ("/",), "app.find", "Write in the find line", "Find", "Find"),
    Key("everywhere.help", ("?",), "app.help", "Keys of the place you are in", "Help: keys of this place", "Help"),
    Key("everywhere.undo", ("u",), "app.undo", "Take the last action back", "Undo", "Undo"),
    Key("everywhere.redo", ("U",), "app.redo", "Do it again after all", "Redo"),
    Key("everywhere.items", ("1",), "app.visit(1)", "The list of items", "Go to Items"),
    Key("everywhere.vectors", ("2",), "app.visit(2)", "Models, statistics and a map of vectors", "Go to Vectors"),
    Key("everywhere.sync", ("6",), "app.visit(6)", "The server, rounds and conflicts", "Go to Sync"),
    Key("everywhere.quit", ("q",), "app.leave", "Quit; asks when something is unsaved", "Quit"),
    Key("motion.down", ("down",), "down", "Down", "Move down", letters=("j",)),
    Key("motion.up", ("up",), "up", "Up", "Move up", letters=("k",)),
    Key("motion.pagedown", ("pagedown", "ctrl+d"), "page_down", "A page down", "Move a page down"),
    Key("motion.pageup", ("pageup", "ctrl+u"), "page_up", "A page up", "Move a page up"),
    Key("motion.top", ("home",), "top", "To the first", "Move to the first", letters=("g",)),
    Key("motion.bottom", ("end",), "bottom", "To the last", "Move to the last", letters=("G",)),
    Key("list.open", ("enter",), "open", "Open", "Open"),
    Key("list.mark", ("space",), "mark", "Mark, or take the mark off", "Mark this row"),
    Key("list.all", ("*",), "mark_all", "Mark all in the filter, or none", "Mark all in the filter"),
    Key("similar.exact", ("f",), "screen.exactness", "Exact, or fast and approximate", "Exact or fast", "Fast/exact"),
    Key("similar.model", ("m",), "screen.next_model", "By the next model", "Similar by the next model"),
    Key("similar.compare", ("c",), "screen.compare", "Compare its vector with the first", "Compare the two vectors",
        "Compare"),
    Key("items.new", ("n",), "screen.new_item", "New item", "New item", "New"),
    Key("items.edit", ("e",), "screen.edit_item", "Edit the item", "Edit item", "Edit"),
    Key("items.editor", ("o",), "screen.open_editor", "Edit its text in $EDITOR", "Edit text in $EDITOR"),
    Key("items.tag", ("t",), "screen.tag_items", "Put tags on, take tags off", "Tag items", "Tag"),
    Key("items.similar", ("v",), "screen.similar", "Items whose vectors are nearest", "Similar items", "Similar"),
    Key("items.copy", ("y",), "screen.copy_id", "Copy the id", "Copy id"),
    Key("items.copytitle", ("Y",), "screen.copy_title", "Copy the title", "Copy title"),
    Key("items.delete", ("d",), "screen.delete_items", "Delete, after a preview", "Delete items", "Delete"),
    Key("itemlist.sort", ("s",), "screen.sort", "The next column or direction", "Sort by the next order", "Sort"),
    Key("itemlist.rail", ("f",), "screen.rail", "Show or hide types and tags", "Show or hide the rail", "Rail"),
    Key("items.refresh", ("r",), "screen.reload", "Read the list again", "Refresh"),
    Key("items.back", ("escape",), "screen.back", "Take marks off, clear the filter, go back", "Back"),
    Key("rail.toggle", ("enter", "space"), "choose", "Filter by this, or no longer", "Filter by this", "Filter"),
    Key("rail.forget", ("d", "delete"), "forget", "Forget this saved search", "Forget saved search"),
    Key("rail.hide", ("f",), "screen.rail", "Hide the rail", "Hide the rail"),
    Key("rail.back", ("escape",), "screen.to_list", "Back to the list", "Back to the list"),
    Key("detail.left", ("left", "["), "previous_tab", "The tab before", "Previous tab"),
    Key("detail.right", ("right", "]"), "next_tab", "The next tab", "Next tab", "Tabs"),
    Key("detail.card", ("enter",), "open_card", "To its vectors; there, all about the chosen one",
        "Vectors of the item"),
    Key("find.list", ("enter", "down"), "screen.to_list", "To the list", "From the find line to the list", "List"),
    Key("find.clear", ("escape",), "screen.clear_find", "Clear; when empty, leave", "Clear the filter", "Clear"),
    Key("find.save", ("ctrl+s",), "screen.save_search", "Save this search", "Save this search", "Save search"),
    Key("editor.save", ("ctrl+s",), "screen.save", "Save", "Save", "Save", priority=True),
    Key("editor.leave", ("escape",), "screen.leave", "Leave; a draft is kept", "Leave", "Leave"),
    Key("editor.external", ("ctrl+g",), "screen.external", "The text in $EDITOR", "Edit text in $EDITOR", "$EDITOR"),
    Key("editor.format", ("f2",), "screen.format_json", "Format the metadata", "Format metadata", "Format JSON"),
    Key("editor.restart", ("ctrl+r",), "screen.discard_draft", "Drop the draft, start over", "Drop the draft"),
    Key("dialog.yes", ("y",), "screen.confirm", "Do it", "Do it"),
    Key("dialog.no", ("n", "escape"), "screen.cancel", "Cancel", "Cancel"),
    Key("prompt.leave", ("escape",), "screen.cancel", "Leave", "Leave"),
    Key("conflict.mine", ("m",), "screen.mine", "Save mine over theirs", "Keep mine"),
    Key("conflict.theirs", ("t",), "screen.theirs", "Take theirs into the form", "Take theirs"),
    Key("conflict.back", ("escape",), "screen.cancel", "Go on writing", "Go on writing"),
    Key("first.create", ("c",), "screen.create", "Start with an empty store", "Create an empty store", "Create"),
    Key("first.demo", ("d",), "screen.demo", "Look around in the demo store", "Load the demo", "Demo"),
    Key("first.open", ("o",), "screen.open_file", "Open another file", "Open a file", "Open"),
    Key("first.link", ("l",), "screen.link", "Start with what a server has", "Link with a server", "Link"),
    Key("vectors.statistics", ("s",), "screen.statistics", "Read all vectors of the model once and count",
        "Statistics of the model", "Statistics"),
    Key("vectors.map", ("p",), "screen.project", "Project a sample of the vectors on a plane", "Map of the model",
        "Map"),
    Key("vectors.model", ("m",), "screen.next_model", "The next model", "Next model", "Model"),
    Key("vectors.overlap", ("o",), "screen.compare_models", "Do two models find the same neighbours?",
        "Compare two models", "Overlap"),
    Key("vectors.duplicates", ("d",), "screen.duplicates", "Compare each vector with each: what is nearly the same?",
        "Near-duplicates of the model", "Duplicates"),
    Key("vectors.export", ("x",), "screen.export", "Export as TSV for the Embedding Projector, or as npy",
        "Export the vectors", "Export"),
    Key("vectors.refresh", ("r",), "screen.reload", "Count again", "Refresh"),
    Key("vectors.back", ("escape",), "screen.back", "Stop what runs; go back", "Back"),
    Key("map.left", ("left",), "left", "To the nearest point on the left", "Crosshair left", letters=("h",)),
    Key("map.right", ("right",), "right", "To the nearest point on the right", "Crosshair right", letters=("l",)),
    Key("map.up", ("up",), "up", "To the nearest point above", "Crosshair up", letters=("k",)),
    Key("map.down", ("down",), "down", "To the nearest point below", "Crosshair down", letters=("j",)),
    Key("map.next", ("space",), "next_point", "The next point of the same cell", "Next point of the cell"),
    Key("map.open", ("enter",), "screen.open_point", "Open the item", "Open the item of the point", "Open"),
    Key("map.colour", ("c",), "screen.next_colour", "Colour by type, tag or organization", "Colour by…", "Colour"),
    Key("map.closer", ("+", "="), "closer", "Closer", "Zoom in", "Zoom"),
    Key("map.farther", ("-",), "farther", "Farther", "Zoom out"),
    Key("map.whole", ("0",), "whole", "All points", "Zoom to all"),
    Key("map.a", ("a",), "mark_point('a')", "Mark the first of two vectors", "Mark point A", "Mark A"),
    Key("map.b", ("b",), "mark_point('b')", "Mark the second, and compare", "Mark point B and compare", "B, compare"),
    Key("map.card", ("v",), "screen.open_vector", "All about the vector, and its neighbours", "Card of the point",
        "Vector"),
    Key("map.letters", ("t",), "letters", "Letters of the legend in place of dots", "Letters or dots"),
    Key("map.model", ("m",), "screen.next_model", "The next model", "Next model of the map"),
    Key("map.again", ("p",), "screen.project", "Project again", "Project again"),
    Key("map.statistics", ("s",), "screen.statistics", "Statistics of the model", "Statistics of the map's model"),
    Key("map.overlap", ("o",), "screen.compare_models", "Do two models find the same neighbours?",
        "Compare the map's model with another"),
    Key("map.export", ("x",), "screen.export", "Export as TSV for the Embedding Projector, or as npy",
        "Export the map's vectors", "Export"),
    Key("map.back", ("escape",), "screen.back", "Stop what runs; back to the models", "Back to the models"),
    Key("card.exact", ("f",), "screen.exactness", "Exact, or fast and approximate", "Exact or fast neighbours",
        "Fast/exact"),
    Key("card.compare", ("c",), "screen.compare", "Compare with the neighbour", "Compare with the neighbour",
        "Compare"),
    Key("card.vector", ("v",), "screen.neighbour", "The card of the neighbour", "Card of the neighbour", "Its card"),
    Key("card.copy", ("y",), "screen.copy_id", "Copy the vector's id", "Copy the vector's id"),
    Key("card.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from the vector"),
    Key("pairs.compare", ("c",), "screen.compare", "Compare the two vectors", "Compare the pair", "Compare"),
    Key("pairs.other", ("b",), "screen.open_other", "Open the second item", "Open the second of the pair", "Open B"),
    Key("pairs.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from the pairs"),
    Key("sheet.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from the comparison", "Back"),
    Key("sync.now", ("s",), "screen.sync_now", "Carry changes both ways, now", "Sync now", "Sync"),
    Key("sync.stop", ("x",), "screen.stop", "Stop the round; what was carried stays", "Stop the round", "Stop"),
    Key("sync.conflicts", ("c",), "screen.conflicts", "Values and rows that wait for you", "Conflicts", "Conflicts"),
    Key("sync.interval", ("i",), "screen.interval", "By itself: off, every 1, 5, 15 or 60 minutes",
        "Sync at another interval", "Interval"),
    Key("sync.link", ("l",), "screen.link", "Link this store with a server", "Link the store", "Link"),
    Key("sync.unlink", ("L",), "screen.unlink", "Link no longer; nothing is deleted on either side",
        "Unlink from the server"),
    Key("sync.verify", ("v",), "screen.verify", "Compare every row with the server", "Verify against the server",
        "Verify"),
    Key("sync.refresh", ("r",), "screen.reload", "Count again", "Refresh the sync screen"),
    Key("sync.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from sync"),
    Key("conflicts.mine", ("M",), "screen.all_mine", "Mine in all of them, or in the marked ones",
        "Mine in all conflicts", "All mine"),
    Key("conflicts.theirs", ("T",), "screen.all_theirs", "Theirs in all of them, or in the marked ones",
        "Theirs in all conflicts", "All theirs"),
    Key("conflicts.refresh", ("r",), "screen.reload", "Read the list again", "Refresh the conflicts"),
    Key("conflicts.back", ("escape",), "screen.back", "Stop what runs; take marks off; go back",
        "Back from the conflicts"),
    Key("merge.mine", ("m",), "screen.mine", "What was written here", "Take mine", "Mine"),
    Key("merge.theirs", ("t",), "screen.theirs", "What the server has", "Take theirs", "Theirs"),
    Key("merge.both", ("b",), "screen.both", "Both, theirs first", "Take both", "Both"),
    Key("merge.edit", ("e",), "screen.edit", "Write a value of your own", "Write the value", "Edit"),
    Key("merge.clear", ("backspace",), "screen.unchoose", "Choose again", "Take the choice back"),
    Key("merge.apply", ("y", "ctrl+s"), "screen.apply", "Apply, once every field is chosen", "Apply the choices",
        "Apply"),
    Key("merge.next", ("n",), "screen.next_open", "The next field without a choice", "Next open field", "Next"),
    Key("merge.back", ("escape",), "screen.back", "Leave; nothing is applied", "Back from the conflict"),
    Key("row.revive", ("v",), "screen.take('revive')", "Let it live again, here and on the server", "Revive the row",
        "Revive"),
    Key("row.retry", ("r",), "screen.take('retry')", "Try it again", "Try the row again", "Again"),
    Key("row.mine", ("m",), "screen.take('mine')", "Mine: as it is here", "Take my row", "Mine"),
    Key("row.theirs", ("t",), "screen.take('theirs')", "Theirs: as the server has it", "Take their row", "Theirs"),
    Key("row.value", ("e",), "screen.take('value')", "Write another value, where one is taken", "Write another value"),
    Key("row.back", ("escape",), "screen.back", "Leave it waiting", "Back from the row"),
    Key("own.save", ("ctrl+s",), "screen.save", "Take this value", "Take this value", "Take it", priority=True),
    Key("own.external", ("ctrl+g",), "screen.external", "Write it in $EDITOR", "Write the value in $EDITOR",
        "$EDITOR"),
    Key("own.leave", ("escape",), "screen.cancel", "Leave; the choice stays as it was", "Leave the value", "Leave"),
)  # fmt: skip


def bindings(scope: str) -> list[BindingType]:
    """Return the Textual bindings of one scope, for a widget's BINDINGS."""
    from textual.binding import Binding

    return [
        Binding(",".join(key.all_keys), key.action, key.help, id=key.id, show=bool(key.footer), priority=key.priority)
        for key in KEYS.values()
        if key.scope == scope
    ]


def bound(scope: str, keys: Keys) -> list[Key]:
    """Return the keys of a scope and of those that hold with it, those that hold everywhere last."""
    scopes = {scope, *WITHIN.get(scope, ())} - {"everywhere"}
    own = [key for key in keys.values() if key.scope in scopes]
    return own + [key for key in keys.values() if key.scope == "everywhere"]


def clashes(scope: str, keys: Keys) -> list[str]:
    """Return a sentence for each key that one scope uses twice in itself."""
    seen: dict[str, str] = {}
    found = []
    for key in (key for key in keys.values() if key.scope == scope):
        for name in key.all_keys:
            if name in seen:
                found.append(f"{display(name)} is bound to {seen[name]} and {key.id}: change one of them")
            seen[name] = key.id
    return found


# -- what a person changes -----------------------------------------------------------------------------------


def user_file() -> Path:
    """Return where a person's keymap is."""
    import platformdirs

    return Path(platformdirs.user_config_dir("localstore", appauthor=False)) / "keymap.json"


def load(path: Path | None = None) -> dict[str, Key]:
    """Return all keys by id, a person's file merged in.

    Raises InvalidValue, naming the file and the entry, for what cannot be used.
    """
    where = path or user_file()
    return merge(_read(where), str(where)) if where.exists() else dict(KEYS)


def _read(where: Path) -> dict[str, Any]:
    try:
        document = json.loads(where.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidValue(f"{where} cannot be read as JSON ({error}): correct it, or delete it") from None
    if not isinstance(document, dict):
        raise InvalidValue(f'{where} holds no object: write it like {{"items.delete": "x"}}')
    return document


def merge(changes: Mapping[str, Any], where: str = "keymap") -> dict[str, Key]:
    """Return KEYS with a person's changes; refuse unknown ids and keys used twice in a scope."""
    changed = dict(changes)
    vim = changed.pop("vim", True)
    merged = dict(KEYS)
    for name, given in changed.items():
        if name not in KEYS:
            raise InvalidValue(f"there is no key {name!r}: 'localstore ui --keys' lists them", where)
        merged[name] = replace(KEYS[name], keys=_keys(given, f"{where}: {name}"), letters=())
    if not vim:
        merged = {name: replace(key, letters=()) for name, key in merged.items()}
    twice = [sentence for scope in SCOPES for sentence in clashes(scope, merged)]
    if twice:
        raise InvalidValue(twice[0], where)
    return merged


def for_textual(keys: Keys) -> dict[str, str]:
    """Return keys by id as Textual's ``set_keymap`` takes them: all of them, for it replaces the defaults."""
    return {key.id: ",".join(key.all_keys) for key in keys.values()}


def _keys(given: Any, where: str) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        raise InvalidValue('expected a key like "x" or a list like ["x", "ctrl+x"]', where)
    return tuple(name.strip() for name in names)


# -- shown ----------------------------------------------------------------------------------------------------

_SHOWN = {"pagedown": "PgDn", "pageup": "PgUp", "escape": "esc", "down": "↓", "up": "↑", "left": "←", "right": "→"}


def display(name: str) -> str:
    """Return a key as people write it: ``^p``, ``esc``, ``F2``."""
    if name.startswith("ctrl+"):
        return f"^{name[5:]}"
    if name.startswith("f") and name[1:].isdigit():
        return name.upper()
    return _SHOWN.get(name, name)


class KeyRow(NamedTuple):
    """One line of the key table."""

    scope: str
    keys: str
    id: str
    help: str


def table(keys: Keys | None = None) -> list[KeyRow]:
    """Return all keys, as ``localstore ui --keys`` prints them; a person's keymap when *keys* is ``load()``."""
    return [
        KeyRow(title, " ".join(display(k) for k in key.all_keys), key.id, key.help)
        for scope, title in SCOPES.items()
        for key in (KEYS if keys is None else keys).values()
        if key.scope == scope
    ]
