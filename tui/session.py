"""What was on the screen, kept on this machine a moment after it changed, and shown again at the next start.

Nothing is written while nothing changes: a look every two seconds compares what is shown with what was kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from localstore.errors import LocalstoreError
from localstore.filters import Filter
from tui import registry, windows
from tui.messages import Written

if TYPE_CHECKING:
    from localstore.store import Store
    from tui.app import LocalstoreApp

LIST, PLACE = "ui", "session"
"""Keys of the preferences: the list as it keeps itself; and where the person is."""
SHAPES: dict[str, Mapping[str, type]] = {
    LIST: {"line": str, "sort": str, "row": str, "theme": str, "rail": bool},
    PLACE: {"screen": str, "item": str, "title": str, "writing": str, "by": str, "top": int, "row": str},
}


class Kept(NamedTuple):
    """What was kept: of the list and of the place; and a sentence for each part that cannot be used."""

    of_list: dict[str, Any]
    place: dict[str, Any]
    faults: list[str]


def read(store: Store) -> Kept:
    """Return what was kept; what is broken is left out and said. On a thread."""
    faults: list[str] = []
    found = {key: _read(store, key, faults) for key in SHAPES}
    item = found[PLACE].get("item")
    if item and not store.items.rows(Filter(ids=(item,)), limit=1).rows:
        del found[PLACE]["item"]
    return Kept(found[LIST], found[PLACE], faults)


def _read(store: Store, key: str, faults: list[str]) -> dict[str, Any]:
    try:
        kept = store.preferences.get(key, {})
    except (ValueError, RecursionError, LocalstoreError) as error:
        faults.append(f"The preference {key!r} of this store cannot be read ({error}): ours are used.")
        return {}
    if not isinstance(kept, dict):
        faults.append(f"The preference {key!r} of this store is no object: ours are used.")
        return {}
    shapes = SHAPES[key]
    for name in [n for n, value in kept.items() if value is not None and not _is(value, shapes.get(n, object))]:
        faults.append(f"The preference {key}.{name} of this store is of the wrong kind: ours is used.")
        del kept[name]
    return {name: value for name, value in kept.items() if value is not None}


def _is(value: Any, kind: type) -> bool:
    """Tell whether a value is of its kind, and a text one that can be looked for in a store."""
    if isinstance(value, str):
        return kind in (str, object) and value.isprintable()
    return isinstance(value, kind)


class UiSession:
    """Keeps what an app shows."""

    def __init__(self, app: LocalstoreApp, *, fresh: bool = False) -> None:
        self.app = app
        self.fresh = fresh
        """Whether to begin with the list, whatever was kept."""
        self._list: tuple[Any, ...] | None = None
        self._place: dict[str, Any] | None = None

    def begin(self, kept: Kept) -> dict[str, Any]:
        """Take up what was kept; return what the list begins with."""
        for fault in kept.faults:
            self.app.toast(fault, "warning")
        self._list = None
        self._place = None if kept.faults else kept.place
        if self.fresh:
            return {"theme": kept.of_list.get("theme", "")}
        if not self.app.go_on_to:
            self.app.go_on_to = self._digit(str(kept.place.get("screen", "")))
        if kept.place.get("item"):
            self.app.call_later(self._open, kept.place)
        if self._is_left(kept.place):
            self.app.call_later(self._say_draft, str(kept.place["writing"]))
        self._top = kept.place.get("top", 0) if kept.place.get("row") == kept.of_list.get("row") else 0
        if self._top:
            self.app.call_later(self._scroll, 20)
        return kept.of_list

    _top = 0

    def _scroll(self, tries: int) -> None:
        """Scroll the list as it was, once its rows are there."""
        items = self._items()
        table = items.table if items is not None else None
        if table is None or not tries:
            return
        if table.max_scroll_y >= self._top and table.blocks.length:
            table.scroll_to(y=self._top, animate=False, force=True)
        else:
            self.app.set_timer(self.app.delay(0.1), lambda: self._scroll(tries - 1))

    def _items(self) -> Any:
        from tui.screens.items.items import ItemsScreen

        return next((each for each in self.app.screen_stack if isinstance(each, ItemsScreen)), None)

    def _digit(self, name: str) -> int:
        if name in ("", "Items"):
            return 0
        return next((each.digit for each in registry.destinations() if each.name == name), 0)

    def _open(self, place: dict[str, Any]) -> None:
        from tui.screens.item.item import show_item

        if len(self.app.screen_stack) == 2:  # the list alone: nobody went anywhere since
            show_item(self.app, place["item"], "", str(place.get("title", "")))

    def _is_left(self, place: Mapping[str, Any]) -> bool:
        """Tell whether text was left unsaved by a window that is gone, and can be gone on with in this one."""
        return bool(place.get("writing")) and not self.app.read_only and not windows.lives(str(place.get("by", "")))

    def _say_draft(self, name: str) -> None:
        where = "n opens it" if name.endswith("new") else "e on its row opens it"
        self.app.toast(f"What you were writing is kept as a draft: {where}.")

    # -- keeping ------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Keep what is shown, if it is not what was kept; cheap when it is."""
        if self.app.read_only or not self.app.has_store or self.app.file_watch.lost:
            return
        items = self._items()
        if items is None or not items.begun or not items.query("ItemTable"):  # the last: when the app is ending
            return
        now = (items.line, items.sort, items.table.key, items.rail_wanted, self.app.theme)
        if self._list is None:
            self._list = now
        elif now != self._list:
            self._list = now
            items.remember()
        self._keep_place(self._shown(items))

    def _keep_place(self, place: dict[str, Any]) -> None:
        if place == self._place:
            return
        first, self._place = self._place is None, place
        if first and not any(place[name] for name in ("screen", "item", "writing", "top")):
            return  # the list as everybody finds it: nothing to keep
        store = self.app.store

        def keep() -> Written | None:
            store.preferences.set(PLACE, place)
            return None

        self.app.writer.submit(self.app, keep, key=PLACE)

    def _shown(self, items: Any) -> dict[str, Any]:
        """Return where the person is: nothing of it is read from the store."""
        place: dict[str, Any] = {"screen": "", "item": "", "title": "", "writing": ""}
        for screen in self.app.screen_stack:
            if screen is not items and (name := registry.name_of(screen)):
                place |= {"screen": name, "item": "", "title": ""}
            elif type(screen).__name__ == "ItemScreen":
                row = getattr(screen, "row", None)
                place |= {"item": getattr(row, "id", ""), "title": getattr(row, "title", "")[:200]}
            if getattr(screen, "unsaved", False):
                place["writing"] = str(getattr(screen, "name_of_draft", ""))
        if place["writing"]:
            place["by"] = windows.own()
        if place["screen"]:
            place |= {"item": "", "title": ""}
        return place | {"row": items.table.key or "", "top": int(items.table.scroll_offset.y)}
