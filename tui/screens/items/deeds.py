"""What is done to one item or to many: tag, move, another type, delete, embed, export, import.

Some items: at once, on the writer thread. Many: a job in parts, between which hand-made edits get their turn; one ``u``
takes back all that a job did, stopped or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual.message import Message
from textual.screen import Screen

from localstore.ids import fold
from tui.jobs import Job, Stopped
from tui.lanes import Urgency
from tui.messages import Written
from tui.targets import Targets, many
from tui.words import how_many

if TYPE_CHECKING:
    from localstore.deeds.deeds import Told
    from localstore.store import Store
    from tui.app import LocalstoreApp
    from tui.screens.records.picker import Choice

NONE = "-"
"""The organization of what belongs to none."""


@dataclass(frozen=True)
class Deed:
    """What is done to items: the kind of Written, its name and what the toast says with ``{}`` for how many."""

    kind: str
    name: str
    done: str
    work: Callable[[Store, list[str], Told], int]


class Resolved(Message):
    """Which items a deed is for that was asked about *asked* items."""

    def __init__(self, asked: int, keys: list[str], deed: Deed) -> None:
        super().__init__()
        self.asked, self.keys, self.deed = asked, keys, deed


class ItemDeeds(Screen[None]):
    """A screen that shows items, of which some can be marked."""

    @property
    def localstore(self) -> LocalstoreApp:
        """The app, with its store and lanes."""
        return cast("LocalstoreApp", self.app)

    def targets(self) -> Targets | None:
        """Return the marked items, else the one under the cursor."""
        raise NotImplementedError

    def type_names(self) -> list[str]:
        """Return the known types, for completion."""
        return []

    def tag_names(self) -> list[str]:
        """Return the known tags, for completion."""
        return []

    def writable(self) -> bool:
        """Tell whether the store can be written; say so when not."""
        return self.localstore.may_write()

    def to_write(self) -> Targets | None:
        """Return what is to be changed, when anything can be."""
        targets = self.targets()
        return targets if targets is not None and targets.count and self.writable() else None

    def do(self, targets: Targets, deed: Deed) -> None:
        """Do it to the items; which ones all in the list are is read first, on a thread."""
        app = self.localstore
        if targets.source is None:
            carry_out(app, list(targets.keys), deed)
        elif targets.are_many:
            app.jobs.start(deed.name.format(targets.number), lambda job: _find_and_do(app, job, targets, deed))
        else:
            work = lambda: Resolved(targets.count, targets.resolve(), deed)  # noqa: E731
            app.reader.submit(self, work, key="resolved", urgency=Urgency.DETAIL)

    def on_resolved(self, message: Resolved) -> None:
        """Do it to the items that were found."""
        message.stop()
        carry_out(self.localstore, message.keys, message.deed, message.asked)

    # -- tag ----------------------------------------------------------------------------------------------

    def action_tag_items(self) -> None:
        """Ask for tags to put on or take off."""
        if not (targets := self.to_write()):
            return
        from tui.screens.items.tag_prompt import TagPrompt

        def tag(answer: tuple[list[str], list[str]] | None) -> None:
            if answer:
                self._tag(targets, *answer)

        self.app.push_screen(TagPrompt(targets, self.tag_names()), tag)

    def _tag(self, targets: Targets, add: list[str], remove: list[str]) -> None:
        from localstore.deeds import item_deeds
        from localstore.deeds.revision import retag

        def work(store: Store, keys: list[str], told: Told) -> int:
            if many(len(keys)):
                return item_deeds.tag(store, keys, add, remove, told)
            return retag(store, keys, add, remove)

        self.do(targets, Deed("tagged", "Tag {}", "Tags changed on {}", work))

    # -- move and type ------------------------------------------------------------------------------------

    def action_move_items(self) -> None:
        """Ask for an organization."""
        if not (targets := self.to_write()):
            return
        from tui.screens.records.picker import Picker

        def move(key: str | None) -> None:
            if key is not None:
                self._move(targets, None if key == NONE else key)

        search = lambda words: homes(self.localstore.store, words)  # noqa: E731
        self.app.push_screen(Picker(f"Move {targets.words} to…", search), move)

    def _move(self, targets: Targets, home: str | None) -> None:
        from localstore.deeds import item_deeds

        def work(store: Store, keys: list[str], told: Told) -> int:
            return item_deeds.move(store, keys, home, told)

        self.do(targets, Deed("edited", "Move {}", "Moved {}", work))

    def action_retype_items(self) -> None:
        """Ask for another type."""
        if not (targets := self.to_write()):
            return
        from tui.screens.dialogs.prompt import Prompt
        from tui.widgets.finding.completion import WordSuggester

        def retype(kind: str | None) -> None:
            if kind:
                self._retype(targets, kind)

        known = WordSuggester(self.type_names)
        self.app.push_screen(Prompt("Which type?", f"of {targets.words}", suggester=known), retype)

    def _retype(self, targets: Targets, kind: str) -> None:
        from localstore.deeds import item_deeds

        def work(store: Store, keys: list[str], told: Told) -> int:
            return item_deeds.retype(store, keys, kind, told)

        self.do(targets, Deed("edited", "Give {} a type", "The type changed of {}", work))

    # -- delete -------------------------------------------------------------------------------------------

    def action_delete_items(self) -> None:
        """Show what a deletion would take, and ask."""
        if not (targets := self.to_write()):
            return
        from tui.screens.dialogs.delete import DeleteDialog

        self.app.push_screen(DeleteDialog(targets), self._delete)

    def _delete(self, keys: list[str] | None) -> None:
        if not keys:
            return
        from localstore.deeds import row_deeds

        def work(store: Store, keys: list[str], told: Told) -> int:
            if many(len(keys)):
                return row_deeds.delete(store, "items", keys, told)
            with store.action("items.deleted"):  # one transaction for the checks of all ids
                store.items.delete(*keys)
            return len(keys)

        carry_out(self.localstore, keys, Deed("deleted", "Delete {}", "{} in Trash", work))

    # -- embed, export, import ----------------------------------------------------------------------------

    def action_embed_items(self) -> None:
        """Make the vectors that are missing or stale."""
        if targets := self.to_write():
            from tui.embed_work import start

            start(self.localstore, targets)

    def action_export_items(self) -> None:
        """Ask where to, and in which format."""
        targets = self.targets()
        if targets is not None and targets.count:
            from tui.screens.work.export_form import show

            show(self.localstore, targets, self.everything(targets))

    def everything(self, targets: Targets) -> Targets | None:
        """Return all in the list, where nothing is marked and there is more than the one under the cursor."""
        table, source = getattr(self, "table", None), getattr(self, "item_source", None)
        if table is None or source is None or table.marks or not table.counted or table.blocks.length <= targets.count:
            return None
        return Targets((), table.blocks.length, "", source=source())

    def action_import_files(self) -> None:
        """Ask for a file or folder."""
        if self.writable():
            from tui.screens.work.import_form import show

            show(self.localstore)


def carry_out(app: LocalstoreApp, keys: list[str], deed: Deed, asked: int | None = None) -> None:
    """Do it at once, or as a job when there are many; ask again when they are not as many as were *asked* about."""
    store = app.store

    def at_once() -> Written:
        changed = deed.work(store, keys, lambda _done, _total: None)
        return Written(deed.kind, tuple(keys), f"{deed.done.format(how_many(changed, 'item'))} · u undo")

    if asked is not None and asked != len(keys):
        _ask_again(app, keys, deed, asked)
    elif many(len(keys)):
        app.jobs.start(deed.name.format(how_many(len(keys), "item")), lambda job: _in_parts(store, job, keys, deed))
    elif keys:
        app.write(at_once)


def _ask_again(app: LocalstoreApp, keys: list[str], deed: Deed, asked: int) -> None:
    """Ask about the items that are in the list by now; only they are meant, whatever comes in meanwhile."""
    from tui.screens.dialogs.question import Question

    if not keys:
        app.toast("The list changed meanwhile and has none of the items any more: nothing was done.", "warning")
        return
    name = deed.name.format(how_many(len(keys), "item"))
    words = f"The list changed meanwhile: you were asked about {how_many(asked, 'item')}. Nothing was done yet."
    app.push_screen(Question(f"{name}?", words, yes="Do it"), lambda yes: carry_out(app, keys, deed) if yes else None)


def _find_and_do(app: LocalstoreApp, job: Job, targets: Targets, deed: Deed) -> Written:
    """Read which items are meant, and do it; on the thread of jobs. When they are others, a question follows."""
    job.tell(0, 0, "reading which ones")
    keys = targets.resolve()
    job.words = ""
    if len(keys) == targets.count:
        return _in_parts(app.store, job, keys, deed)
    job.show = lambda: _ask_again(app, keys, deed, targets.count)
    now = how_many(len(keys), "item")
    return Written("many", (), f"The list has {now} by now, not {targets.count:,}: nothing was done yet.")


def _in_parts(store: Store, job: Job, keys: list[str], deed: Deed) -> Written:
    try:
        changed = deed.work(store, keys, job.tell)
    except Stopped:
        raise Stopped(f"{job.name}: stopped after {job.done:,} of {job.total:,} · u takes them back.") from None
    job.done = job.total = len(keys)
    kind = "deleted" if deed.kind == "deleted" else "many"
    return Written(kind, (), f"{deed.done.format(how_many(changed, 'item'))} · u undo")


def homes(store: Store, words: str) -> list[Choice]:
    """Return the organizations whose name or slug holds *words*, and none of them."""
    from tui.screens.records.picker import Choice

    none = Choice(NONE, "none", "belongs to no organization")
    found = [Choice(str(each.id), str(each.name), str(each.slug)) for each in store.organizations.all(sort="-updated")]
    wanted = fold(words)
    return [each for each in [*found, none] if wanted in fold(f"{each.label} {each.note}")][:50]
