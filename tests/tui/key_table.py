"""Write the table of keys into the page about the terminal UI: ``python -m tests.tui.key_table``.

A test compares the page with what this writes, so that the page names every key there is.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from tui import keymap
from tui.keymap import KeyRow

PAGE = Path(__file__).parents[2] / "docs" / "terminal-ui.md"
BEGIN, END = "<!-- keys: written by python -m tests.tui.key_table -->\n", "<!-- end of keys -->"


def table() -> str:
    """Return all keys as Markdown, a table for each place."""
    parts = [_place(title, list(rows)) for title, rows in groupby(keymap.table(), key=lambda row: row.scope)]
    return "\n".join(parts)


def _place(title: str, rows: list[KeyRow]) -> str:
    lines = [f"| {_keys(row.keys)} | {_cell(row.help)} | `{row.id}` |" for row in rows]
    return "\n".join([f"### {title}", "", "| keys | what | id |", "|---|---|---|", *lines, ""])


def _keys(keys: str) -> str:
    return " ".join(f"<kbd>{_cell(key)}</kbd>" for key in keys.split(" "))


def _cell(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    return escaped.replace("|", "\\|").replace("*", "\\*").replace("`", "\\`")


def written(page: str) -> str:
    """Return the page with the table as it is now."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
