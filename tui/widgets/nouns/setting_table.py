"""The list of settings, and what this machine keeps for itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from tui import glyphs, keymap
from tui.visible import line
from tui.widgets.items.item_view import json_line
from tui.widgets.lists.virtual_table import Cell, Column, VirtualTable
from tui.widgets.reading.reader import Line, Piece, Reader, plain

if TYPE_CHECKING:
    from localstore.setting_levels import SettingRow

ORIGINS = {"user": "person", "organization": "organization", "global": "everyone", "default": "default", "–": "–"}
SHOWN = 500
"""Characters of a value that a row shows."""


def written(value: Any) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


class SettingTable(VirtualTable):
    """Key, value that holds, where it comes from."""

    SCOPE: ClassVar = "settings"
    BINDINGS: ClassVar = keymap.bindings("settings")

    def columns(self, width: int) -> list[Column]:
        """Give key and value what the origin leaves."""
        room = width - 16
        key = max(8, min(28, room * 2 // 5))
        return [Column("setting", key), Column("value", max(4, room - key - 1)), Column("from", 14)]

    def cells(self, row: SettingRow, width: int) -> list[Cell]:
        """Show one setting."""
        unset = row.origin in ("default", "–")
        value = line(written(row.value), SHOWN) if row.origin != "–" else f"set for {row.elsewhere:,} others"
        sign = f"{glyphs.WARNING} " if row.wrong else ""
        tone = "warn" if row.wrong else "muted" if unset else "row"
        return [
            Cell(line(row.key, 300), "row" if row.known else "muted"),
            Cell(value, "muted" if unset else "row"),
            Cell(f"{sign}{ORIGINS.get(row.origin, row.origin)}", tone),
        ]


class SettingReader(Reader):
    """All levels of a setting; the keys of settings work here too."""

    SCOPE: ClassVar = "settings"
    BINDINGS: ClassVar = keymap.bindings("settings")


def setting_lines(row: SettingRow, names: dict[str, str]) -> list[Line]:
    """Return what the pane tells of a setting: help, what it takes, what each level says; *names* are the levels'."""
    known = row.known
    lines: list[Line] = [(Piece(line(row.key, 300), "title"),)]
    if known:
        lines += [(Piece(known.help, "note"),), (Piece("takes    ", "note"), Piece(known.takes))]
    else:
        lines.append((Piece("This program does not know it, and keeps it as it is.", "note"),))
    lines.append((Piece(""),))
    for scope in ("user", "organization", "global"):
        lines += _level(row, scope, names.get(scope, ""))
    default = written(known.default) if known else "–"
    lines.append((Piece(_holds(row, "default")), Piece(f"{'default':<14}", "note"), Piece(default)))
    if row.elsewhere:
        lines += [(Piece(""),), (Piece(f"{row.elsewhere:,} more for other people or organizations", "note"),)]
    return lines


def _level(row: SettingRow, scope: str, name: str) -> list[Line]:
    level = row.at(scope)
    head = (Piece(_holds(row, scope)), Piece(f"{ORIGINS[scope]:<14}", "note"))
    who = Piece(f"  {line(name, 60)}" if name else "", "note")
    allowed = row.known is None or scope in row.known.scopes
    if level is None:
        return [(*head, Piece("–" if allowed else "cannot be set here", "note"), who)]
    text = json.dumps(level.value, ensure_ascii=False, indent=2)
    if "\n" in text:
        lines: list[Line] = [(*head, who), *(json_line(each[0].text) for each in plain(text))]
    else:
        lines = [(*head, Piece(line(text, 4_000)), who)]
    if level.wrong:
        lines.append((Piece(f"  {glyphs.BAD} passed over: {line(level.wrong, 300)}", "bad"),))
    return lines


def _holds(row: SettingRow, scope: str) -> str:
    return f"{glyphs.CHOSEN} " if row.origin == scope else "  "


class MachineRow(NamedTuple):
    """Something this machine keeps: its name, what it is, a note, what is wrong with it."""

    name: str
    value: str
    note: str
    wrong: tuple[str, ...] = ()


class MachineTable(VirtualTable):
    """Preferences of this machine, of which none is synced."""

    SCOPE: ClassVar = "machine"
    BINDINGS: ClassVar = keymap.bindings("machine")

    def columns(self, width: int) -> list[Column]:
        """Give the value what the names leave."""
        name = 16
        if width < 70:
            return [Column("this machine", name), Column("", max(4, width - name - 2))]
        value = (width - name - 3) // 2
        return [Column("this machine", name), Column("", value), Column("enter", width - name - value - 3)]

    def cells(self, row: MachineRow, width: int) -> list[Cell]:
        """Show one."""
        value = Cell(f"{glyphs.BAD} {line(row.wrong[0], 300)}", "warn") if row.wrong else Cell(line(row.value, 500))
        cells = [Cell(row.name), value]
        return cells if width < 70 else [*cells, Cell(row.note, "muted")]


def machine_lines(row: MachineRow) -> list[Line]:
    """Return what the pane tells of something this machine keeps."""
    lines: list[Line] = [(Piece(row.name, "title"),), (Piece(line(row.value, 2_000)),), (Piece(row.note, "note"),)]
    return lines + [(Piece(f"{glyphs.BAD} {line(words, 600)}", "bad"),) for words in row.wrong]
