"""The page about the terminal UI names every key there is."""

from __future__ import annotations

from tests.tui.key_table import PAGE, written


def test_the_page_holds_the_table_of_keys_as_it_is() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "python -m tests.tui.key_table writes it anew"
