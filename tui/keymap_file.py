"""A person's keymap: changes of keys by id, merged with ours. What cannot be used is said, and the rest holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from tui.keys.key import KEYS, SCOPES, Key, display

EXPECTED = 'expected a key like "x" or a list like ["x", "ctrl+x"]'
LONGEST = 60
"""Characters of a name in a message."""
MODIFIERS = frozenset(["ctrl", "shift", "alt", "super", "hyper", "meta"])
_NAME = re.compile(r'"((?:[^"\\\n]|\\.)*)"\s*:\s*')


class Entry(NamedTuple):
    """What a file says of one id, and in which line."""

    line: int
    id: str
    value: Any


class Merged(NamedTuple):
    """All keys by id with a person's changes, and a sentence for each change that cannot be used."""

    keys: dict[str, Key]
    faults: list[str]


def read(where: Path) -> Merged:
    """Return our keys with those of the file; without a file, ours."""
    if not where.exists():
        return Merged(dict(KEYS), [])
    try:
        text = where.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        words = f"{where} cannot be read as text ({error}): correct it, or delete it; the keys are ours."
        return Merged(dict(KEYS), [words])
    faults = _broken(text, where)
    merged = merge(list(entries(text)), str(where))
    return Merged(merged.keys, faults + merged.faults)


def _broken(text: str, where: Path) -> list[str]:
    """Say where the file is no JSON object; the entries that can be read hold all the same."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return [f"{where}{line}: no JSON here ({error}); what can be read before and after it holds."]
    if not isinstance(document, dict):
        return [f'{where} holds no object: write it like {{"items.delete": "x"}}; the keys are ours.']
    return []


def entries(text: str) -> Iterator[Entry]:
    """Yield the entries of an object, also of one that is broken somewhere."""
    decoder, at = json.JSONDecoder(), text.find("{") + 1
    while at and (found := _NAME.search(text, at)):
        line = text.count("\n", 0, found.start()) + 1
        try:
            value, at = decoder.raw_decode(text, found.end())
            yield Entry(line, json.loads(f'"{found[1]}"'), value)
        except (ValueError, RecursionError):  # go on in the next line
            end = text.find("\n", found.end())
            at = end if end > 0 else len(text)


def merge(changes: Mapping[str, Any] | list[Entry], where: str = "keymap") -> Merged:
    """Return KEYS with changes; unknown ids, what is no key, and keys used twice in one place are faults."""
    given = [Entry(0, *each) for each in changes.items()] if isinstance(changes, Mapping) else changes
    merged, faults, vim = dict(KEYS), [], True
    changed: dict[str, Entry] = {}
    for entry in given:
        if entry.id == "vim" and isinstance(entry.value, bool):
            vim = entry.value
        elif fault := _fault(entry):
            faults.append(f"{_place(where, entry)}: {fault}")
        else:
            merged[entry.id] = replace(KEYS[entry.id], keys=_names(entry.value), letters=())
            changed[entry.id] = entry
    if not vim:
        merged = {name: replace(key, letters=()) for name, key in merged.items()}
    return Merged(merged, faults + _settle(merged, changed, where, vim=vim))


def _place(where: str, entry: Entry) -> str:
    id = entry.id[:LONGEST] if entry.id.isprintable() else repr(entry.id[:LONGEST])
    return f"{where}, line {entry.line}: {id}" if entry.line else f"{where}: {id}"


def _fault(entry: Entry) -> str:
    """Say what is wrong with an entry by itself; empty when nothing is."""
    if entry.id == "vim":
        return "expected true or false"
    if entry.id not in KEYS:
        return f"there is no key {entry.id[:LONGEST]!r}: 'localstore ui --keys' lists them"
    names = [entry.value] if isinstance(entry.value, str) else entry.value
    if not isinstance(names, list) or not names or not all(isinstance(n, str) and n.strip() for n in names):
        return EXPECTED
    unknown = [name for name in _names(entry.value) if not is_key(name)]
    if unknown:
        return f'{unknown[0][:LONGEST]!r} is no key: write it like "x", "f2", "ctrl+x", "pagedown"'
    return _fault_of_text(KEYS[entry.id], _names(entry.value))


def _fault_of_text(key: Key, names: tuple[str, ...]) -> str:
    """Say which key is text where this one holds; a key of ours that is text is for a place without a field."""
    if not (key.priority or SCOPES[key.scope].writes) or any(_is_text(name) for name in key.all_keys):
        return ""
    text = next((name for name in names if _is_text(name)), None)
    return f'{display(text)} is text where one writes: take a key like "ctrl+x" or "f2"' if text else ""


def _is_text(name: str) -> bool:
    """Tell whether a key writes something: a character, also by the name Textual has for it."""
    from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character

    last = name.rpartition("+")[2] or name
    if len(name) > 1 and name.rpartition("+")[0] not in ("", "shift"):
        return False
    character = last if len(last) == 1 else key_to_character(last) or ""
    return bool(character and character.isprintable()) or last in KEY_NAME_REPLACEMENTS.values()


def _names(given: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in ([given] if isinstance(given, str) else given)))


def is_key(name: str) -> bool:
    """Tell whether a terminal can have such a key: a character, or a name that Textual knows, after modifiers."""
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys

    *before, last = name.split("+") if len(name) > 1 else [name]
    known = {key.value for key in Keys} | {*KEY_NAME_REPLACEMENTS, *KEY_NAME_REPLACEMENTS.values()}
    return set(before) <= MODIFIERS and (len(last) == 1 or last in known or name in known)


def clashes(scope: str, keys: Mapping[str, Key]) -> list[tuple[str, str, str]]:
    """Return each key that is used twice where a scope holds: in it, around it, everywhere; with both ids."""
    held = {scope, *SCOPES[scope].within, "everywhere"}
    seen: dict[str, str] = {}
    found = []
    for key in (key for key in keys.values() if key.scope in held):
        for name in key.all_keys:
            known = _spelled(name)
            if known in seen:
                found.append((name, seen[known], key.id))
            seen[known] = key.id
    return found


def _spelled(name: str) -> str:
    """Return a key by the name Textual has for it: ``/`` and ``slash`` are one."""
    from textual.keys import _character_to_key

    return _character_to_key(name) if len(name) == 1 else name


def _settle(merged: dict[str, Key], changed: dict[str, Entry], where: str, *, vim: bool) -> list[str]:
    """Take back the changes that bind a key twice in one place, the later in the file first; say which."""
    faults = []
    order = list(changed)
    while found := [each for scope in SCOPES for each in clashes(scope, merged)]:
        name, *ids = found[0]
        guilty = [id for id in ids if id in changed]
        if not guilty:
            break
        id = max(guilty, key=order.index)
        other = next((each for each in ids if each != id), id)
        faults.append(
            f"{_place(where, changed.pop(id))}: {display(name)} is bound to {id} and {other}: change one of them"
        )
        merged[id] = KEYS[id] if vim else replace(KEYS[id], letters=())
    return faults
