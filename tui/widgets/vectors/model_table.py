"""The AI models that have vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui import keymap
from tui.visible import line
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable

if TYPE_CHECKING:
    from localstore.vectors.insight.stats import VectorStats

ROOM = 66
"""Cells from which on the states of freshness fit beside."""


class ModelTable(VirtualTable):
    """Name, count, dimensions; where there is room metric, fresh, stale, unknown, without."""

    SCOPE: ClassVar = "vectors"
    BINDINGS: ClassVar = keymap.bindings("vectors")

    def columns(self, width: int) -> list[Column]:
        """Give the name what the others leave."""
        fixed = [Column("vectors", 9, right=True), Column("dim", 5, right=True)]
        if width >= ROOM:
            names = {"metric": 6, "fresh": 7, "stale": 6, "unknown": 7, "without": 8}
            fixed += [Column(name, cells, right=name != "metric") for name, cells in names.items()]
        return [Column("model", max(8, width - sum(column.width + 1 for column in fixed) - 1)), *fixed]

    def cells(self, row: VectorStats, width: int) -> list[Cell]:
        """Show one model."""
        several = len(row.lengths) > 1
        dim = f"{len(row.lengths)}!" if several else f"{row.dim or 0:,}"
        shown = {
            "model": Cell(line(row.model, 200)),
            "vectors": Cell(f"{row.count:>9,}"),
            "dim": Cell(f"{dim:>5}", "warn" if several else "muted"),
            "metric": Cell(row.metric, "muted"),
            "fresh": Cell(f"{row.fresh:>7,}", "good" if row.fresh else "muted"),
            "stale": Cell(f"{row.stale:>6,}", "warn" if row.stale else "muted"),
            "unknown": Cell(f"{row.unknown + row.pending:>7,}", "muted"),
            "without": Cell(f"{row.without:>8,}", "muted"),
        }
        return [shown[column.title] for column in self.columns(width)]
