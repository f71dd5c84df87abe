"""Keys of the screens of vectors."""

from __future__ import annotations

from tui.keys.key import MARKS, Key, register, scope
from tui.registry import destination

scope("vectors", "Vectors: models and statistics", 140, within=("list", "motion"), without=MARKS)
scope("map", "Map of vectors", 150)
scope("similar", "Similar items", 160, within=("items", "list", "motion"))
scope("card", "A vector and its neighbours", 170, within=("list", "motion"), without=MARKS)
scope("sheet", "Comparisons", 180, within=("list", "motion"), without=MARKS)
scope("pairs", "Near-duplicates", 190, within=("list", "motion"))
register(
    Key("vectors.statistics", ("s",), "screen.statistics", "Read all vectors of the model once and count",
        "Statistics of the model", "Statistics"),
    Key("vectors.map", ("p",), "screen.project", "Project a sample of the vectors on a plane", "Map of the model",
        "Map"),
    Key("vectors.model", ("m",), "screen.next_model", "The next model", "Next model", "Model"),
    Key("vectors.overlap", ("o",), "screen.compare_models", "Do two models find the same neighbours?",
        "Compare two models", "Overlap"),
    Key("vectors.duplicates", ("d",), "screen.duplicates", "Compare each vector with each: what is nearly the same?",
        "Near-duplicates of the model", "Duplicates"),
    Key("vectors.export", ("x",), "screen.export", "Export as TSV for the Embedding Projector, or as npy",
        "Export the vectors", "Export"),
    Key("vectors.refresh", ("r",), "screen.reload", "Count again", "Refresh"),
    Key("vectors.back", ("escape",), "screen.back", "Stop what runs; go back", "Back"),
    Key("map.left", ("left",), "left", "To the nearest point on the left", "Crosshair left", letters=("h",)),
    Key("map.right", ("right",), "right", "To the nearest point on the right", "Crosshair right", letters=("l",)),
    Key("map.up", ("up",), "up", "To the nearest point above", "Crosshair up", letters=("k",)),
    Key("map.down", ("down",), "down", "To the nearest point below", "Crosshair down", letters=("j",)),
    Key("map.next", ("space",), "next_point", "The next point of the same cell", "Next point of the cell"),
    Key("map.open", ("enter",), "screen.open_point", "Open the item", "Open the item of the point", "Open"),
    Key("map.colour", ("c",), "screen.next_colour", "Colour by type, tag or organization", "Colour by…", "Colour"),
    Key("map.closer", ("+", "="), "closer", "Closer", "Zoom in", "Zoom"),
    Key("map.farther", ("-",), "farther", "Farther", "Zoom out"),
    Key("map.whole", ("0",), "whole", "All points", "Zoom to all"),
    Key("map.a", ("a",), "mark_point('a')", "Mark the first of two vectors", "Mark point A", "Mark A"),
    Key("map.b", ("b",), "mark_point('b')", "Mark the second, and compare", "Mark point B and compare", "B, compare"),
    Key("map.card", ("v",), "screen.open_vector", "All about the vector, and its neighbours", "Card of the point",
        "Vector"),
    Key("map.letters", ("t",), "letters", "Letters of the legend in place of dots", "Letters or dots"),
    Key("map.model", ("m",), "screen.next_model", "The next model", "Next model of the map"),
    Key("map.again", ("p",), "screen.project", "Project again", "Project again"),
    Key("map.statistics", ("s",), "screen.statistics", "Statistics of the model", "Statistics of the map's model"),
    Key("map.overlap", ("o",), "screen.compare_models", "Do two models find the same neighbours?",
        "Compare the map's model with another"),
    Key("map.export", ("x",), "screen.export", "Export as TSV for the Embedding Projector, or as npy",
        "Export the map's vectors", "Export"),
    Key("map.back", ("escape",), "screen.back", "Stop what runs; back to the models", "Back to the models"),
    Key("similar.exact", ("f",), "screen.exactness", "Exact, or fast and approximate", "Exact or fast", "Fast/exact"),
    Key("similar.model", ("m",), "screen.next_model", "By the next model", "Similar by the next model"),
    Key("similar.compare", ("c",), "screen.compare", "Compare its vector with the first", "Compare the two vectors",
        "Compare"),
    Key("card.exact", ("f",), "screen.exactness", "Exact, or fast and approximate", "Exact or fast neighbours",
        "Fast/exact"),
    Key("card.compare", ("c",), "screen.compare", "Compare with the neighbour", "Compare with the neighbour",
        "Compare"),
    Key("card.vector", ("v",), "screen.neighbour", "The card of the neighbour", "Card of the neighbour", "Its card"),
    Key("card.copy", ("y",), "screen.copy_id", "Copy the vector's id", "Copy the vector's id"),
    Key("card.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from the vector"),
    Key("sheet.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from the comparison", "Back"),
    Key("pairs.compare", ("c",), "screen.compare", "Compare the two vectors", "Compare the pair", "Compare"),
    Key("pairs.other", ("b",), "screen.open_other", "Open the second item", "Open the second of the pair", "Open B"),
    Key("pairs.back", ("escape",), "screen.back", "Stop what runs; go back", "Back from the pairs"),
)  # fmt: skip
destination(2, "Vectors", "Models, statistics and a map of vectors", "tui.screens.vectors.vectors:show")
