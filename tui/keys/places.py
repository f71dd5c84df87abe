"""What the places are for: a sentence or two that the help says before the keys."""

from __future__ import annotations

from tui.keys.key import ABOUT

_SAID = {
    "everywhere": "These keys work on every screen, except where you write.",
    "motion": "A text. Arrows and pages scroll it.",
    "list": "A list. Arrows move, enter opens, space marks; only the rows near the screen are in memory.",
    "items": "An item: a note, paper, prompt, conversation or any type of your own, with texts, tags, files, vectors.",
    "itemlist": "All items the find line lets through. Marked items, or the one under the cursor, are what an action is"
    " for; * marks all of them.",
    "rail": "Types, saved searches and tags with how many items have them. Enter puts one in the find line, or takes it"
    " out.",
    "detail": "The item under the cursor: its texts, metadata, files, history and vectors, a tab each.",
    "find": "Says which items are listed: words, #tags, fields, ~meaning. The list follows as you type.",
    "editor": "A form. What you write is kept as a draft a moment after each key, so nothing is lost by leaving.",
    "conflict": "Somebody else saved while you wrote. Choose between both versions; nothing is saved until you do.",
    "vectors": "The models that made vectors, what is known of each, and a map of a sample of them.",
    "map": "A sample of vectors on a plane: near points are near in meaning. Arrows move the crosshair to the next"
    " point.",
    "similar": "The items whose vectors are nearest to one item's, in the space the model made, with their scores.",
    "card": "One vector: its numbers as words and as a strip, and its nearest neighbours.",
    "sheet": "Two things side by side. Nothing here changes the store.",
    "pairs": "Pairs of vectors that are nearly the same: often one text stored twice.",
    "sync": "The server of this store: what waits to be carried, what the last rounds did, and what waits for you.",
    "conflicts": "What was changed here and on the server. Each waits until you choose; nothing is lost meanwhile.",
    "merge": "One row, changed on both sides. Choose for every field, then apply; undo takes the result back.",
    "row": "A row that waits whole. Choose what shall become of it.",
    "own": "Write the value that shall hold on both sides.",
}

for _name, _words in _SAID.items():
    ABOUT.setdefault(_name, _words)
