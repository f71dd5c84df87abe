"""No cell of a CSV begins as a formula of a spreadsheet, and what was written is read back the same."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from localstore import Store
from localstore.exporting import export
from localstore.importing import import_files
from localstore.transfer.spreadsheet import guarded, unguarded
from tests.tui.cli.conftest import Run, empty, run
from tui.cli.item_list import guarded as guarded_in_a_list

__all__ = ["empty", "run"]

RUNS = ("=", "+", "-", "@", "\t", "\r")
FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", "\n=1", " =1", "'=1", "''=1", "＝1",
    '=HYPERLINK("http://evil.example","x")', "=1\n=2", ";=1", ",=1", '"=1', "-", "'", "'plain",
]  # fmt: skip


@given(st.text(alphabet="'=+-@\t\r\nax ;,\"") | st.text())
def test_a_guarded_cell_begins_no_formula_and_is_read_back(cell: str) -> None:
    assert not guarded(cell).startswith(RUNS)
    assert unguarded(guarded(cell)) == cell


@given(st.text(alphabet="'=+-@\t\r\nax ;,\"") | st.text())
def test_a_cell_of_a_list_begins_no_formula(cell: str) -> None:
    assert not guarded_in_a_list(cell).startswith(RUNS)


def fill(store: Store) -> None:
    """An item for each formula, with it in every column that takes text."""
    for formula in FORMULAS:
        name = formula.strip() or "x"
        item = store.items.add(name, text=formula, type=name, description=formula, meta_data={formula: formula})
        store.items.tag([name.replace(",", "")], item.id)


def test_exported_imported_and_exported_again_a_table_is_the_same(tmp_path: Path) -> None:
    with Store.open(tmp_path / "one.db", email="=ada@example.org") as one:
        fill(one)
        export(one, tmp_path / "one.csv", "csv")
    with Store.open(tmp_path / "two.db", email="=ada@example.org") as two:
        assert import_files(two, [tmp_path / "one.csv"]).added == len(FORMULAS)
        assert {each.text for each in two.contents.all()} == set(FORMULAS)
        export(two, tmp_path / "two.csv", "csv")
    assert (tmp_path / "two.csv").read_bytes() == (tmp_path / "one.csv").read_bytes()


def test_neither_an_export_nor_a_list_has_a_cell_that_runs(empty: Path, run: Run) -> None:
    with Store.open(empty / "store.db", email="=ada@example.org") as store:
        fill(store)
    assert run("export", "out.csv").exit_code == 0
    written = (empty / "out.csv").read_bytes().decode()
    rows = [row for text in (written, run("list", "--csv").stdout) for row in csv.reader(io.StringIO(text, newline=""))]
    assert len(rows) == 2 * len(FORMULAS) + 2
    assert [cell for row in rows for cell in row if cell.startswith(RUNS)] == []
