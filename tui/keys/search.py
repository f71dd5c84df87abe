"""Keys of the search screen."""

from __future__ import annotations

from tui.keys.key import Key, register, scope
from tui.registry import destination

scope(
    "search",
    "Hits of a search",
    132,
    within=("items", "list", "motion"),
    about="The best hits of what the line"
    " says, by words, by meaning, or by both. What can be done with items in the list can be done with hits.",
)
register(
    Key("everywhere.search", ("3",), "app.visit(3)", "By words, by meaning, or by both", "Go to Search"),
    Key("search.mode", ("m", "ctrl+t"), "screen.mode", "By words, by meaning, or by both", "Search by…",
        "Words/meaning"),
    Key("search.exact", ("f",), "screen.exactness", "Exact, or fast and approximate", "Search exactly or fast"),
    Key("find.mode", ("ctrl+t",), "screen.mode", "By words, meaning, or both, on the search screen",
        "Search by words, meaning, or both"),
)  # fmt: skip
destination(3, "Search", "By words, by meaning, or by both", "tui.screens.items.search:open_search")
