"""The Vectors screen: the models that have vectors, their statistics, and a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher

from localstore.errors import LocalstoreError
from tui import glyphs, keymap, registry
from tui.screens.vectors.asking import Progress
from tui.screens.vectors.model_actions import ModelActions
from tui.visible import line
from tui.widgets.bottom_lines import FooterLine, StatusLine
from tui.widgets.lists.list_source import ListSource
from tui.widgets.lists.virtual_table import VirtualTable
from tui.widgets.reading.reader import Piece, Reader
from tui.widgets.vectors.map_pane import MapPane
from tui.widgets.vectors.model_table import ModelTable
from tui.widgets.vectors.vector_words import NO_VECTORS, SAMPLE, about_lines, statistics_lines

if TYPE_CHECKING:
    from localstore.vectors.insight.projection import Projection
    from localstore.vectors.insight.stats import VectorStats
    from tui.app import LocalstoreApp

NAME = "vectors"
NARROW = 100
KINDS: tuple[Literal["type", "tag", "organization"], ...] = ("type", "tag", "organization")
MAPS = 4
"""Maps kept for their models."""


class WordsReader(Reader):
    """What is said of a model; the keys of the models work here too."""

    SCOPE: ClassVar = "vectors"
    BINDINGS: ClassVar = keymap.bindings("vectors")


class VectorsScreen(ModelActions):
    """Models on the left, one of them on the right."""

    AUTO_FOCUS = "ModelTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    VectorsScreen #body { height: 1fr; }
    VectorsScreen #left { width: 42; border-right: vkey $border; }
    VectorsScreen #models { height: 1fr; }
    VectorsScreen #right { width: 1fr; height: 1fr; }
    VectorsScreen #words { height: 1fr; padding: 0 1; }
    VectorsScreen #plane { height: 1fr; }
    VectorsScreen.-narrow #left { width: 1fr; border-right: none; }
    VectorsScreen.-narrow #right { display: none; }
    VectorsScreen.-narrow.-right #left { display: none; }
    VectorsScreen.-narrow.-right #right { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.statistics: dict[str, VectorStats] = {}
        self.maps: dict[str, Projection] = {}
        self.views: dict[str, str] = {}
        self.kind = 0

    def compose(self) -> ComposeResult:
        """Lay out models, statistics, map, and two lines below."""
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield ModelTable(id="models")
            with ContentSwitcher(id="right", initial="words"):
                yield WordsReader(id="words")
                yield MapPane(id="plane")
        yield StatusLine()
        yield FooterLine()

    # -- parts --------------------------------------------------------------------------------------------

    @property
    def words(self) -> WordsReader:
        """What is said of the model."""
        return self.query_one(WordsReader)

    @property
    def projection(self) -> Projection | None:
        """The map of the model, when it was drawn."""
        return self.maps.get(self.model.model_id) if self.model else None

    # -- reading ------------------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        """Count anew, for things may have changed; nothing is read but counts."""
        if not self.working:
            self.reload()

    def reload(self) -> None:
        """Count the vectors of each model."""
        store = self.localstore.store

        def work(progress: Progress) -> list[VectorStats]:
            from localstore.vectors.insight.stats import stats

            return sorted(stats(store, norms=False), key=lambda each: not each.count)

        self.compute("models", "counting", work)
        self.show_status()

    def computed(self, key: str, value: Any) -> None:
        """Show what was counted, read, drawn or exported."""
        if key == "models":
            self._show_models(value)
        elif key == "statistics":
            self.statistics[value.model_id] = value
            self._show_model("statistics")
        elif key == "map":
            projection, labels = value
            self.maps = dict([*self.maps.items(), (projection.model_id, projection)][-MAPS:])
            self._show_model("map")
            self.map.colour_by(labels, KINDS[self.kind])
        elif key == "labels":
            self.map.colour_by(value, KINDS[self.kind])
            self.query_one(MapPane).say()
        else:
            self.localstore.toast(value)

    def not_computed(self, error: LocalstoreError) -> None:
        """Say it on the right when nothing stands there, else in passing."""
        if self.models:
            self.localstore.toast(str(error), "error")
        else:
            self.words.show([(Piece(line(str(error), 600), "bad"),)])

    def _show_models(self, models: list[VectorStats]) -> None:
        counts = {each.model_id: (each.count, each.stale) for each in models}
        known = {each.model_id: (each.count, each.stale) for each in self.models}
        for pk in [pk for pk, before in known.items() if counts.get(pk) != before]:
            self.statistics.pop(pk, None)
            if self.views.get(pk) == "statistics":
                del self.views[pk]  # a map stays what it is: it says how many it shows
        self.models = models
        self.table.empty = NO_VECTORS
        self.table.load(ListSource(models, lambda each: str(each.model_id)), keep=True)
        if not models:
            self.words.show([(Piece(words, "heading" if at == 0 else "note"),) for at, words in enumerate(NO_VECTORS)])

    # -- the right side -----------------------------------------------------------------------------------

    def on_virtual_table_moved(self, message: VirtualTable.Moved) -> None:
        """Show what is known of the model under the cursor."""
        if message.row is not None:
            self._show_model(self.views.get(message.row.model_id, "about"), focus=False)
        self.show_status()

    def _show_model(self, view: str, *, focus: bool = True) -> None:
        found = self.model
        if found is None:
            return
        self.views[found.model_id] = view
        drawn = self.maps.get(found.model_id) if view == "map" else None
        self.query_one(ContentSwitcher).current = "plane" if drawn else "words"
        pane = self.query_one(MapPane)
        if drawn:
            if pane.projection is not drawn:
                pane.show(drawn, KINDS[self.kind])
                if not focus:
                    self._ask_labels()
        elif view == "statistics" and found.model_id in self.statistics:
            self.words.show(statistics_lines(self.statistics[found.model_id], ascii=self.localstore.ascii))
        else:
            self.words.show(about_lines(found, self.localstore.keys))
        if focus:
            self.go_right(to_map=drawn is not None)

    def go_right(self, *, to_map: bool) -> None:
        """Go to the map; to words only where they stand alone."""
        self.add_class("-right")
        if to_map:
            self.map.focus()
        elif self.has_class("-narrow"):
            self.words.focus()

    def go_left(self) -> None:
        """Go to the models."""
        self.remove_class("-right")
        self.table.focus()

    def show_status(self) -> None:
        """Write the status line."""
        count, at = len(self.models), self.table.cursor + 1
        facts = [(f"{min(at, count)} / {count} model{'s' * (count != 1)}", "bold"), self.sign()]
        if self.model:
            facts.append((self.model.model, "$secondary"))
        marked = self.table.marks.count(count)
        facts += [(f"{glyphs.MARK} {marked} marked" if marked else "", "$accent")]
        facts += [(f"{sum(each.count for each in self.models):,} vectors", ""), (self.localstore.path.name, "$muted")]
        self.query_one(StatusLine).show(facts)

    # -- asking -------------------------------------------------------------------------------------------

    def on_virtual_table_opened(self, message: VirtualTable.Opened) -> None:
        """Show the statistics of the model."""
        message.stop()
        self.action_statistics()

    def on_virtual_table_sized(self) -> None:
        """Say how many are marked."""
        self.show_status()

    def action_statistics(self) -> None:
        """Read every vector of the model once."""
        found, store, given_up = self.asked(), self.localstore.store, self.given_up
        if found is None:
            return

        def work(progress: Progress) -> VectorStats:
            from localstore.vectors.insight.stats import stats

            return stats(store, found.model_id, progress=progress, cancelled=given_up)[0]

        self.compute("statistics", "reading vectors", work)

    def action_project(self) -> None:
        """Project a sample of the model's vectors."""
        found, store, given_up, kind = self.asked(), self.localstore.store, self.given_up, KINDS[self.kind]
        if found is None:
            return

        def work(progress: Progress) -> tuple[Projection, list[str]]:
            from localstore.vectors.insight.projection import project

            made = project(store, found.model_id, sample=SAMPLE, progress=progress, cancelled=given_up)
            return made, made.labels(kind)

        self.compute("map", "projecting", work)

    def action_next_colour(self) -> None:
        """Colour by the next kind."""
        self.kind = (self.kind + 1) % len(KINDS)
        self._ask_labels()

    def _ask_labels(self) -> None:
        drawn, kind = self.projection, KINDS[self.kind]
        if drawn:
            self.query_one(MapPane).kind = kind
            self.compute("labels", f"colouring by {kind}", lambda _: drawn.labels(kind))

    def action_next_model(self) -> None:
        """Go to the next model; its map is drawn when asked."""
        if len(self.models) > 1:
            self.table.cursor = (self.table.cursor + 1) % len(self.models)
            self.go_left()
        else:
            self.localstore.toast("There is one model with vectors only.")

    # -- leaving ------------------------------------------------------------------------------------------

    def action_reload(self) -> None:
        """Count again."""
        self.reload()

    def action_back(self) -> None:
        """Stop what runs; else go to the models; else to the list of items."""
        if self.stop_work():
            return
        if self.table.has_focus and not (self.has_class("-narrow") and self.has_class("-right")):
            self.app.pop_screen()
        else:
            self.go_left()


def show(app: LocalstoreApp) -> None:
    """Go back to the screen, or put it above the list; what was computed is still there."""
    registry.put_above(app, NAME, VectorsScreen)
