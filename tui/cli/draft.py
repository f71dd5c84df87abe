"""An item as a text that a person can edit: head, description, metadata, contents, each in its section."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from localstore.ids import short

HELP = """\
#: Edit and save; lines that begin with #: are not kept. Leave without saving to change nothing.
#: A line such as {mark}[ user ]{mark} begins a new text at the end.
"""
_SECTION = re.compile(r"(={5,})\[ (?P<name>[^\]\n]+?) \](={5,})")


class DraftMistake(ValueError):
    """A line of a draft that cannot be read; counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


@dataclass
class Draft:
    """What a draft says: columns of the item, texts by content id, texts to append as (role, text)."""

    columns: dict[str, Any]
    texts: dict[str, str]
    roles: dict[str, str]
    added: list[tuple[str, str]] = field(default_factory=list)


def compose(item: dict[str, Any]) -> tuple[str, str]:
    """Return the text of an item's document, and the mark that its sections begin with."""
    parts = [item["description"] or "", *(part["text"] for part in item["contents"])]
    mark = "=" * 5
    while any(f"{mark}[" in part for part in parts):
        mark += "="
    meta = json.dumps(item["meta_data"], ensure_ascii=False, indent=2)
    sections = [("description", item["description"] or ""), ("meta_data", meta)]
    sections += [(f"{part['role']} {short(part['id'])}", part["text"]) for part in item["contents"]]
    body = "".join(f"{mark}[ {name} ]{mark}\n{text}\n" for name, text in sections)
    return f"{HELP.format(mark=mark)}title: {item['title']}\ntype: {item['type']}\n{body}", mark


def parse(text: str, mark: str, item: dict[str, Any]) -> Draft:
    """Read a draft of *item* back; DraftMistake says which line cannot be read."""
    head, sections = _cut(text, mark)
    known = {short(part["id"]): part["id"] for part in item["contents"]}
    draft = Draft(_head(head), {}, {})
    for line, name, body in sections:
        if name == "description":
            draft.columns["description"] = body or None
        elif name == "meta_data":
            draft.columns["meta_data"] = _meta(line, body)
        else:
            _take(draft, known, line, name, body)
    missing = known.keys() - {short(pk) for pk in draft.texts}
    if missing:
        raise DraftMistake(len(text.splitlines()), f"the text {min(missing)} is gone: delete it with 'content rm'")
    return draft


def _cut(text: str, mark: str) -> tuple[list[tuple[int, str]], list[tuple[int, str, str]]]:
    """Cut a draft at its section lines; a section's last line end is the editor's."""
    head: list[tuple[int, str]] = []
    sections: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _SECTION.fullmatch(line.rstrip("\r"))
        if match and match[1] == mark == match[3]:
            sections.append((number, match["name"], []))
        elif sections:
            sections[-1][2].append(line)
        else:
            head.append((number, line.rstrip("\r")))
    last = sections[-1][2] if sections else []
    if last and last[-1] == "":
        last.pop()
    return head, [(number, name, "\n".join(body)) for number, name, body in sections]


def _head(lines: list[tuple[int, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, line in lines:
        if not line.strip() or line.startswith("#:"):
            continue
        name, colon, value = line.partition(":")
        if not colon or name.strip() not in ("title", "type"):
            raise DraftMistake(number, "expected 'title: …' or 'type: …'")
        found[name.strip()] = value.strip()
    return found


def _meta(line: int, body: str) -> dict[str, Any]:
    try:
        found = json.loads(body or "{}")
    except ValueError as error:
        where = line + getattr(error, "lineno", 1)
        raise DraftMistake(where, f"the metadata is not JSON: {getattr(error, 'msg', error)}") from None
    if not isinstance(found, dict):
        raise DraftMistake(line + 1, "the metadata is not a JSON object: begin it with {")
    return found


def _take(draft: Draft, known: dict[str, str], line: int, name: str, body: str) -> None:
    role, _, end = name.rpartition(" ")
    if not role:
        draft.added.append((name, body))
    elif end not in known or known[end] in draft.texts:
        raise DraftMistake(line, f"{end!r} is no text of this item: leave ids as they are, or drop it for a new text")
    else:
        draft.texts[known[end]] = body
        draft.roles[known[end]] = role
