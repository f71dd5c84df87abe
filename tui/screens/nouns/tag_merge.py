"""Merging tags: what would move, in numbers, before it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from localstore.errors import InvalidValue
from localstore.lists import tag_list
from tui.lanes import Urgency
from tui.messages import Failed, Loaded, Written
from tui.screens.dialogs.prompt import Prompt
from tui.screens.dialogs.question import Dialog
from tui.visible import line
from tui.words import how_many

if TYPE_CHECKING:
    from tui.app import LocalstoreApp
    from tui.jobs import Job

MANY = 2_000
"""Links from which on a merge is a job."""


def move(count: int) -> str:
    """Return the verb of so many links."""
    return "moves" if count == 1 else "move"


def ask_name(app: LocalstoreApp, question: str, before: str, answer: Callable[[str], None]) -> None:
    """Ask for a tag's name; the one it has is no answer."""

    def take(name: str | None) -> None:
        if name and name != before:
            answer(name)

    text = "A name that is there already offers to merge the two." if before else "One tag a name, whatever its case."
    app.push_screen(Prompt(question, text, before), take)


class MergeDialog(Dialog[None]):
    """Says how many links move; ``y`` merges."""

    def __init__(self, resolve: Callable[[], Sequence[str]], target: str) -> None:
        super().__init__()
        self.resolve, self.target = resolve, target
        self.sources: list[str] = []
        self.counts: tag_list.MergeCount | None = None
        self.names: tuple[str, str] = ("", "")

    def compose(self) -> ComposeResult:
        """Question, counts, buttons."""
        with Vertical(id="box"):
            yield Static(Content("Merge?"), id="question")
            yield Static(Content("counting…"), id="text")
            yield Static(
                Content("The items stay; u undoes all of it. Once begun it cannot be stopped midway."), id="hint"
            )
            yield from self.buttons("Merge")

    def on_mount(self) -> None:
        """Count on the reader thread."""
        store, resolve, target = self.localstore.store, self.resolve, self.target

        def count() -> Loaded:
            with store.reading():
                sources = [pk for pk in resolve() if pk != target]
                if not sources:
                    raise InvalidValue("a tag cannot be merged with itself: choose another one")
                first = f"#{store.tags.get(sources[0]).name}" if len(sources) == 1 else how_many(len(sources), "tag")
                names = (first, f"#{store.tags.get(target).name}")
                return Loaded("count", (sources, names, tag_list.count_merge(store, sources, target)))

        self.localstore.reader.submit(self, count, key="count", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Show the counts; from now on ``y`` works."""
        message.stop()
        self.sources, self.names, self.counts = message.value
        self.query_one("#question", Static).update(
            Content(f"Merge {line(self.names[0], 80)} into {line(self.names[1], 80)}?")
        )
        carry = "carries" if self.counts.both == 1 else "carry"
        both = f"{how_many(self.counts.both, 'item')} of these {carry} {line(self.names[1], 60)} already. "
        gone = f"{line(self.names[0], 60)} {'goes' if len(self.sources) == 1 else 'go'}."
        words = (
            f"{how_many(self.counts.links, 'link')} {move(self.counts.links)}. {both if self.counts.both else ''}{gone}"
        )
        self.query_one("#text", Static).update(Content(words))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.close(None)

    def action_confirm(self) -> None:
        """Merge what was counted; not before."""
        if self.counts is None:
            return
        store, sources, target, names = self.localstore.store, self.sources, self.target, self.names

        def work(_: Job | None = None) -> Written:
            moved = tag_list.merge_all(store, sources, target)
            word = f"Merged {names[0]} into {names[1]}: {how_many(moved, 'link')} moved · u undo"
            return Written("tags added", (target,), word)

        app = self.localstore
        if self.counts.links > MANY:
            app.jobs.start(f"Merge {names[0]} into {names[1]}", work)
        else:
            app.write(work)
        self.close(None)


class MergeDoubles(Dialog[None]):
    """Says which names stand more than once; ``y`` merges each into its oldest tag."""

    def __init__(self) -> None:
        super().__init__()
        self.links = -1

    def compose(self) -> ComposeResult:
        """Question, names, buttons."""
        with Vertical(id="box"):
            yield Static(Content("Merge tags of one name?"), id="question")
            yield Static(Content("looking…"), id="text")
            yield Static(
                Content("Each name keeps its oldest tag; u undoes all of it. Once begun it cannot be stopped midway."),
                id="hint",
            )
            yield from self.buttons("Merge")

    def on_mount(self) -> None:
        """Look for them on the reader thread."""
        store = self.localstore.store
        work = lambda: Loaded("doubles", tag_list.doubles(tag_list.rows(store)))  # noqa: E731
        self.localstore.reader.submit(self, work, key="doubles", urgency=Urgency.DETAIL)

    def on_loaded(self, message: Loaded) -> None:
        """Name them; without any there is nothing to ask."""
        message.stop()
        found: list[tuple[tag_list.TagRow, list[tag_list.TagRow]]] = message.value
        if not found:
            self.localstore.toast("No two tags have one name: there is nothing to merge.")
            self.close(None)
            return
        self.links = sum(other.items for _, others in found for other in others)
        others = sum(len(rest) for _, rest in found)
        names = ", ".join(f"#{line(kept.name, 40)}" for kept, _ in found[:6]) + (" …" if len(found) > 6 else "")
        go = "goes" if others == 1 else "go"
        moving = f"{how_many(self.links, 'link')} {move(self.links)}."
        words = f"{how_many(len(found), 'name')}: {names}\n{how_many(others, 'tag')} {go}, {moving}"
        self.query_one("#text", Static).update(Content(words))

    def on_failed(self, message: Failed) -> None:
        """Close: there is nothing to ask about."""
        self.close(None)

    def action_confirm(self) -> None:
        """Merge what was named; not before."""
        if self.links < 0:
            return
        store, app = self.localstore.store, self.localstore

        def work(_: Job | None = None) -> Written:
            names, moved = tag_list.merge_doubles(store)
            return Written(
                "tags", (), f"Merged the doubles of {how_many(names, 'name')}, {how_many(moved, 'link')} · u undo"
            )

        if self.links > MANY:
            app.jobs.start("Merge tags of one name", work)
        else:
            app.write(work)
        self.close(None)


def merge_doubles(app: LocalstoreApp) -> None:
    """Ask whether tags of one name become one."""
    app.push_screen(MergeDoubles())
