"""Themes, and the colours of types: one per name, the same on every day and machine."""

from __future__ import annotations

from zlib import crc32

from textual.theme import Theme

DEFAULT = "localstore"
THEMES = (
    Theme(
        name=DEFAULT,
        primary="#6ea8fe",
        secondary="#8bd5ca",
        accent="#f2b36b",
        warning="#f2b36b",
        error="#f694a4",
        success="#8fd694",
        foreground="#d7dae0",
        background="#14161b",
        surface="#1a1d23",
        panel="#22262e",
        variables={
            "border": "#2c313a",
            "cursor-line": "#26344d",
            "cursor-dim": "#242a35",
            "muted": "#a6adb9",
            "scrollbar": "#3c424d",
            "scrollbar-background": "#14161b",
            "scrollbar-background-hover": "#14161b",
            "scrollbar-background-active": "#14161b",
            "scrollbar-corner-color": "#14161b",
            "footer-background": "#1a1d23",
            "input-selection-background": "#6ea8fe 35%",
        },
    ),
    Theme(
        name="localstore-light",
        dark=False,
        primary="#1f5fbf",
        secondary="#0f5f5a",
        accent="#8a3d00",
        warning="#8a3d00",
        error="#b3213a",
        success="#175f29",
        foreground="#23272e",
        background="#fbfbf9",
        surface="#f3f3ef",
        panel="#e7e7e1",
        variables={
            "border": "#cfd0c8",
            "cursor-line": "#d6e5fc",
            "cursor-dim": "#e3e6ea",
            "muted": "#545a64",
            "scrollbar": "#c3c4bb",
            "scrollbar-background": "#fbfbf9",
            "scrollbar-background-hover": "#fbfbf9",
            "scrollbar-background-active": "#fbfbf9",
            "scrollbar-corner-color": "#fbfbf9",
            "footer-background": "#eeeee8",
        },
    ),
    Theme(
        name="localstore-contrast",
        primary="#8ad6ff",
        secondary="#00ffcc",
        accent="#ffff00",
        warning="#ffcc00",
        error="#ffb8b8",
        success="#66ff66",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1a1a1a",
        text_alpha=1.0,
        variables={
            "border": "#ffffff",
            "cursor-line": "#00307a",
            "cursor-dim": "#262626",
            "muted": "#e0e0e0",
            "scrollbar": "#808080",
            "scrollbar-background": "#000000",
            "scrollbar-background-hover": "#000000",
            "scrollbar-background-active": "#000000",
            "scrollbar-corner-color": "#000000",
            "footer-background": "#000000",
        },
    ),
    Theme(
        name="localstore-colourblind",
        primary="#56b4e9",
        secondary="#35c79b",
        accent="#e69f00",
        warning="#f0e442",
        error="#ff9a52",
        success="#56b4e9",
        foreground="#e4e6ea",
        background="#121417",
        surface="#191c21",
        panel="#22262d",
        variables={
            "border": "#343a44",
            "cursor-line": "#1c3a50",
            "cursor-dim": "#262b33",
            "muted": "#aeb5c0",
            "scrollbar": "#3d4450",
            "scrollbar-background": "#121417",
            "scrollbar-background-hover": "#121417",
            "scrollbar-background-active": "#121417",
            "scrollbar-corner-color": "#121417",
            "footer-background": "#191c21",
        },
    ),
)

_NAMES = ("note", "paper", "prompt", "conversation", "dataset", "model", "code", "web", "image", "document")
_DARK = (
    "#7ab7ff", "#f4a76c", "#d7a6ff", "#f2d06b", "#7ddc9b", "#ff9eb5", "#6fd6d0", "#c3d97b", "#ee9be6", "#b9c2d0",
)  # fmt: skip
_LIGHT = (
    "#1d5fb8", "#9c4a00", "#7a35b0", "#7a5c00", "#176531", "#b02a52", "#0b5f5b", "#4a5c00", "#97278d", "#4b5563",
)  # fmt: skip


def type_colour(name: str, *, dark: bool = True) -> str:
    """Return the colour of a type: fixed for the usual ones, else told by a hash of the name."""
    known = name.casefold()
    index = _NAMES.index(known) if known in _NAMES else crc32(known.encode("utf-8", "replace"))
    colours = _DARK if dark else _LIGHT
    return colours[index % len(colours)]


def rank_colour(rank: int, *, dark: bool = True) -> str:
    """Return the colour of the class of a rank: neighbours in a legend never share one."""
    colours = _DARK if dark else _LIGHT
    return colours[rank % len(colours)]
