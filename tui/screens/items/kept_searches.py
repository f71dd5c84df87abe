"""Searches that are kept: saved under a name, or used before; and the names that a find line may use."""

from __future__ import annotations

from collections.abc import Callable

from localstore.finding import vocabulary
from tui.facets import parsed
from tui.lanes import Urgency
from tui.messages import Loaded, Written
from tui.pause import Pause
from tui.screens.items.actions import ItemActions
from tui.widgets.finding.completion import Words
from tui.widgets.finding.facet_rail import FacetRail
from tui.widgets.finding.find_line import FindLine

BUDGET = 1.0
STOOD = 2.5
"""Seconds a find line must stand to count as used: what is still being typed does not."""


class KeptSearches(ItemActions):
    """A screen with a find line."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Words()
        self.home = ""
        self._stands = Pause(self)

    @property
    def find_line(self) -> FindLine:
        """The find line."""
        return self.query_one(FindLine)

    @property
    def finds_some(self) -> bool:
        """Whether the line finds anything."""
        return True

    @property
    def organizations(self) -> tuple[str, ...]:
        """The slugs of all organizations."""
        return self.words.names.organizations

    def type_names(self) -> list[str]:
        """Return the known types."""
        return list(self.words.names.types)

    def tag_names(self) -> list[str]:
        """Return the known tags."""
        return list(self.words.names.tags)

    def around_known(self) -> None:
        """Hear that what stands around the list was read."""

    def names_known(self) -> None:
        """Hear that the names of the store were read."""

    # -- reading ------------------------------------------------------------------------------------------

    def read_around(self) -> None:
        """Read the default organization and the searches; then, when there is time, the names to complete."""
        store, lane = self.localstore.store, self.localstore.reader

        def around() -> Loaded:
            home = store.state.get("default_organization")
            slug = store.organizations.get(home).slug if home else ""
            saved = {each.name: each.filter for each in store.saved_searches.all()}
            return Loaded("around", (slug, saved, store.recent_searches.all()))

        lane.submit(self, around, key="around", urgency=Urgency.COUNT)
        names = lambda: Loaded("names", vocabulary.read(store))  # noqa: E731
        lane.submit(self, names, key="names", urgency=Urgency.FACETS, budget=BUDGET)

    def on_loaded(self, message: Loaded) -> None:
        """Take what was read."""
        if message.key == "around":
            message.stop()
            self.home, self.words.saved, self.words.recent = message.value
            self.around_known()
        elif message.key == "names":
            message.stop()
            self.words.names = message.value
            self.names_known()

    # -- used before --------------------------------------------------------------------------------------

    def stands(self, line: str) -> None:
        """Note a line as used when it still stands a while later, and finds something."""

        def note() -> None:
            if self.finds_some:
                self.note_use(line)

        self._stands.then(STOOD, note)

    def note_use(self, line: str) -> None:
        """Keep a line among those used before, on this machine."""
        self._stand_no_more()
        line = line.strip()
        if self.localstore.read_only or not parsed(line) or list(self.words.recent[:1]) == [line]:
            return
        store = self.localstore.store
        self.localstore.writer.submit(self, lambda: store.recent_searches.add(line), key="recent")
        self.words.recent = [line, *(each for each in self.words.recent if each != line)]
        self.around_known()

    def _stand_no_more(self) -> None:
        self._stands.stop()

    def on_facet_rail_cleared(self) -> None:
        """Forget all searches used before."""
        self._stand_no_more()
        store = self.localstore.store

        def clear(_: str) -> Written:
            store.recent_searches.clear()
            return Written("search", (), "Forgot the searches used before")

        self._write(clear, "all")

    # -- saved --------------------------------------------------------------------------------------------

    def action_save_search(self) -> None:
        """Keep the find line under a name."""
        from tui.screens.dialogs.prompt import Prompt

        line, searches = self.find_line.value, self.localstore.store.saved_searches

        def save(name: str) -> Written:
            searches.save(name, line)
            return Written("search", (), f"Saved the search {name!r}")

        if parsed(line):
            self.app.push_screen(Prompt("Save this search as", line), lambda name: self._write(save, name))
        else:
            self.localstore.toast("Write a filter first; then it can be saved under a name.", "warning")

    def on_facet_rail_renamed(self, message: FacetRail.Renamed) -> None:
        """Ask for another name of a saved search."""
        from tui.screens.dialogs.prompt import Prompt

        message.stop()
        searches, old = self.localstore.store.saved_searches, message.name

        def rename(name: str) -> Written:
            searches.rename(old, name)
            return Written("search", (), f"The search {old!r} is called {name!r} now")

        prompt = Prompt("Another name for this search", message.value, old)
        self.app.push_screen(prompt, lambda name: self._write(rename, name))

    def on_facet_rail_forgotten(self, message: FacetRail.Forgotten) -> None:
        """Forget a saved search, or one used before."""
        message.stop()
        self._stand_no_more()
        store, saved = self.localstore.store, message.section == "saved"

        def forget(name: str) -> Written:
            (store.saved_searches if saved else store.recent_searches).remove(name)
            return Written("search", (), f"Forgot the search {name!r}")

        self._write(forget, message.name)

    def _write(self, work: Callable[[str], Written], name: str | None) -> None:
        if name and self.localstore.may_write():
            self.localstore.write(lambda: work(name))

    # -- the find line ------------------------------------------------------------------------------------

    def find(self) -> None:
        """Go to the find line."""
        self.find_line.enter()

    def on_find_line_left(self, message: FindLine.Left) -> None:
        """Go to the list."""
        message.stop()
        self.to_list()

    def to_list(self) -> None:
        """Go to the list."""
        raise NotImplementedError
