"""What can be asked of a model beyond counts and map: export, comparisons, near-duplicates, the point's item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui.screens.vectors.asking import Progress, VectorWork
from tui.widgets.vectors.braille_map import BrailleMap
from tui.widgets.vectors.model_table import ModelTable

if TYPE_CHECKING:
    from localstore.vectors.insight.projection import Projection
    from localstore.vectors.insight.stats import VectorStats

FORMATS = {".npz": "npz", ".npy": "npy"}


class ModelActions(VectorWork):
    """A screen that shows models with vectors, and a map of one."""

    def __init__(self) -> None:
        super().__init__()
        self.models: list[VectorStats] = []

    @property
    def table(self) -> ModelTable:
        """The models."""
        return self.query_one(ModelTable)

    @property
    def map(self) -> BrailleMap:
        """The map."""
        return self.query_one(BrailleMap)

    @property
    def model(self) -> VectorStats | None:
        """The model under the cursor."""
        row: VectorStats | None = self.table.row
        return row

    @property
    def projection(self) -> Projection | None:
        """The map of the model, when it was drawn."""
        raise NotImplementedError

    def asked(self) -> VectorStats | None:
        """Return the model under the cursor, or say that it has no vectors to look at."""
        found = self.model
        if found is None or found.count:
            return found
        self.localstore.toast(f"{found.model} has no vectors yet: 'localstore embed' makes them.", "warning")
        return None

    # -- export -------------------------------------------------------------------------------------------

    def action_export(self) -> None:
        """Ask where the vectors go."""
        from tui.screens.dialogs.prompt import Prompt

        found = self.asked()
        if found is None:
            return
        text = "NAME.tsv for the Embedding Projector (a second file holds the titles), NAME.npz or NAME.npy for numpy"
        prompt = Prompt(f"Export {found.count:,} vectors of {found.model} to", text, value="vectors.tsv")
        self.app.push_screen(prompt, lambda path: self._export(found, path))

    def _export(self, found: VectorStats, path: str | None) -> None:
        if not path:
            return
        from tui.screens.dialogs.question import Question

        dest = Path(path).expanduser()
        if dest.exists():
            ask = Question(f"Replace {dest.name}?", f"{dest} is there already.", yes="Replace")
            self.app.push_screen(ask, lambda yes: self._write(found, dest) if yes else None)
        else:
            self._write(found, dest)

    def _write(self, found: VectorStats, dest: Path) -> None:
        store = self.localstore.store

        def work(progress: Progress) -> str:
            from localstore.exporting import export

            form = FORMATS.get(dest.suffix.lower(), "projector")
            told = lambda done: progress(done, found.count)  # noqa: E731
            done = export(store, dest, format=form, model=found.model_id, progress=told)
            return f"Exported {done.vectors:,} vectors as {done.format} to {done.destination}"

        self.compute("export", "exporting", work)

    # -- the map ------------------------------------------------------------------------------------------

    def on_braille_map_paired(self, message: BrailleMap.Paired) -> None:
        """Compare the two marked vectors."""
        from tui.screens.vectors.compare_vectors import CompareVectors

        if drawn := self.projection:
            self.app.push_screen(CompareVectors(drawn.embedding_ids[message.a], drawn.embedding_ids[message.b]))

    def action_open_point(self) -> None:
        """Show the item under the crosshair."""
        from tui.screens.item.item import show_item

        drawn = self.projection
        if drawn and drawn.item_ids:
            show_item(self.localstore, drawn.item_ids[self.map.at], title=drawn.titles[self.map.at])

    def action_open_vector(self) -> None:
        """Show the card of the vector under the crosshair."""
        from tui.screens.vectors.embedding import EmbeddingScreen

        drawn = self.projection
        if drawn and drawn.embedding_ids:
            self.app.push_screen(EmbeddingScreen(drawn.embedding_ids[self.map.at]))

    def action_duplicates(self) -> None:
        """Look for pairs of vectors that are nearly the same."""
        from tui.screens.vectors.duplicates import DuplicatesScreen

        if found := self.asked():
            self.app.push_screen(DuplicatesScreen(found.model_id, found.model))

    def action_compare_models(self) -> None:
        """Compare the model with the marked one, the other one, or one that is asked for."""
        found = self.asked()
        if found is None and self.model:
            return
        others = [each for each in self.models if found and each.count and each.model_id != found.model_id]
        marked = [each for each in others if each.model_id in self.table.marks]
        if found is None or not others:
            self.localstore.toast("It takes a second model with vectors of the same texts: there is none.", "warning")
        elif len(marked or others) == 1:
            self._compare_models(found, (marked or others)[0])
        else:
            from tui.screens.dialogs.choice import Choice

            names = [each.model for each in others]
            ask = Choice(f"Compare {found.model} with", names)
            self.app.push_screen(ask, lambda at: self._compare_models(found, others[at]) if at is not None else None)

    def _compare_models(self, one: VectorStats, other: VectorStats) -> None:
        from tui.screens.vectors.compare_models import CompareModels

        self.app.push_screen(CompareModels(one.model_id, other.model_id))
