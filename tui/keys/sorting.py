"""Keys of the choice of an order."""

from __future__ import annotations

from tui.keys.key import Key, register, scope

scope("sorting", "Sort by", 55, about="Which column, and which way. Orders that an index has are there at once.")
register(
    Key("sorting.flip", ("left", "right", "space"), "screen.flip", "The other way", "The other way"),
    Key("sorting.leave", ("escape",), "screen.cancel", "Leave the order as it is", "Leave the order"),
)
