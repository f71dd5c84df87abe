"""Notes: one Markdown file as an item, and an item as one Markdown file.

What our own export adds stands under the one key ``localstore``, so that a foreign ``type:`` stays what it was. The
text of several contents stands one after the other, each behind a comment with its number and id.
"""

from __future__ import annotations

from typing import Any

from localstore.errors import InvalidValue
from localstore.records import ContentRecord, ItemRecord
from localstore.transfer.checks import (
    check_list,
    check_object,
    identity,
    lenient_stamp,
    optional_short,
    optional_stamp,
    read_tags,
    short_text,
    split_tags,
)
from localstore.transfer.format import ReadOptions
from localstore.transfer.front_matter import front_matter, scalar_text, split_front_matter
from localstore.transfer.sections import headings, sections
from localstore.transfer.titles import given_title, shortened
from localstore.values import check_text

OURS = "localstore"
_TAKEN = frozenset({"id", "title", "tags", "date", OURS})


def read_note(text: str, key: str, stem: str, options: ReadOptions) -> ItemRecord:
    """Return the item of one file's text; raises InvalidValue."""
    check_text(text, "text")
    given, start = split_front_matter(text)
    ours = check_object(given.get(OURS) or {}, OURS)
    body = _body(text, start, exact="contents" in ours and "\r\n" not in text[:start])
    own, foreign_id = identity(given.get("id"))
    created, meta = _dated(given)
    if foreign_id:
        meta["id"] = given["id"]
    meta.update(check_object(ours.get("meta_data") or {}, "localstore.meta_data"))
    return ItemRecord(
        title=_title(given.get("title"), body, key, stem),
        type=optional_short(ours.get("type"), "localstore.type") or options.type,
        description=_optional_text(ours.get("description")),
        id=own,
        key=None if own else key,
        meta_data=meta,
        tags=read_tags(ours["tags"]) if "tags" in ours else read_tags(_tag_names(given.get("tags"))),
        organization=optional_short(ours.get("organization"), "localstore.organization"),
        owner=optional_short(ours.get("owner"), "localstore.owner"),
        contents=_contents(body, ours, options),
        created_at=created,
        updated_at=optional_stamp(ours.get("updated_at"), "localstore.updated_at"),
    )


def _body(text: str, start: int, *, exact: bool) -> str:
    """Return the text behind the front matter, without one blank line before it and its last line's end.

    What we wrote ourselves (*exact*) ends in one line feed, and a carriage return before that is the text's own.
    """
    if exact:
        return text[start:].removeprefix("\n").removesuffix("\n")
    if start and text.startswith("\r\n", start):
        start += 2
    elif start and text.startswith("\n", start):
        start += 1
    body = text[start:]
    return body[:-2] if body.endswith("\r\n") else body.removesuffix("\n")


def _dated(given: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Return the date as a stamp, and the rest of the front matter; a date that is none stays in the rest."""
    meta = {key: value for key, value in given.items() if key not in _TAKEN}
    created = None if given.get("date") is None else lenient_stamp(given["date"])
    if created is None and "date" in given:
        meta["date"] = given["date"]
    return created, meta


def _title(given: Any, body: str, key: str, stem: str) -> str:
    if isinstance(given, dict | list):
        raise InvalidValue(f"expected text, got {str(given)[:60]!r}", "title")
    if given is not None and scalar_text(given).strip():
        return given_title(scalar_text(given))
    if not key.lower().endswith(".txt"):
        for _, heading in headings(body):
            if heading:
                return shortened(heading)
    return shortened(stem) or "Untitled"


def _optional_text(value: Any) -> str | None:
    return None if value is None else check_text(value, "localstore.description")


def _tag_names(value: Any) -> list[str]:
    if isinstance(value, str):
        return split_tags(value)
    entries = value if isinstance(value, list) else [] if value is None else [value]
    if any(isinstance(entry, dict | list) for entry in entries):
        raise InvalidValue(f"expected names, got {str(value)[:60]!r}", "tags")
    names = (scalar_text(entry).strip().lstrip("#").strip() for entry in entries)
    return [name for name in names if name]


def _contents(body: str, ours: dict[str, Any], options: ReadOptions) -> list[ContentRecord]:
    if options.split == "none" and "contents" in ours:
        return _own_contents(body, check_list(ours["contents"], "localstore.contents"))
    if options.split == "none":
        return [ContentRecord(text=body, key="0")] if body.strip() else []
    used: dict[str, int] = {}
    found = []
    for number, section in enumerate(sections(body, options.split)):
        name = section.heading or str(number)
        used[name] = used.get(name, 0) + 1
        key = name if used[name] == 1 else f"{name} ({used[name]})"
        meta: dict[str, Any] = {"position": number, "span": [section.start, section.end]}
        if section.heading:
            meta["heading"] = section.heading
        found.append(ContentRecord(text=body[section.start : section.end], key=key, meta_data=meta))
    return found


def _own_contents(body: str, entries: list[Any]) -> list[ContentRecord]:
    if len(entries) == 1:
        return [_own_content(check_object(entries[0], "localstore.contents[0]"), body, 0)]
    found: list[ContentRecord] = []
    position = 0
    for number, entry in enumerate(entries):
        mark = f"{_mark(number, check_object(entry, f'localstore.contents[{number}]').get('id'))}\n"
        if not body.startswith(mark, position):
            raise InvalidValue(f"the line {mark.strip()!r} is missing: put it back, or remove the key localstore")
        position += len(mark)
        following = entries[number + 1].get("id") if number + 1 < len(entries) else None
        end = body.find(f"\n{_mark(number + 1, following)}\n", position) if number + 1 < len(entries) else len(body)
        end = len(body) if end < 0 else end
        found.append(_own_content(entry, body[position:end], number))
        position = end + 1
    return found


def _own_content(entry: dict[str, Any], text: str, number: int) -> ContentRecord:
    path = f"localstore.contents[{number}]"
    own, key = identity(entry.get("id"), f"{path}.id")
    return ContentRecord(
        text=text,
        role=short_text(entry.get("role", "user"), f"{path}.role"),
        id=own,
        key=key if own or key else str(number),
        meta_data=check_object(entry.get("meta_data") or {}, f"{path}.meta_data"),
        created_at=optional_stamp(entry.get("created_at"), f"{path}.created_at"),
        updated_at=optional_stamp(entry.get("updated_at"), f"{path}.updated_at"),
    )


def _mark(number: int, identifier: Any) -> str:
    return f"<!-- content {number} {identifier} -->"


def note_text(record: ItemRecord) -> str:
    """Return one file's text for an item; vectors and files do not fit into a note."""
    top: dict[str, Any] = {"id": record.id} if record.id else {}
    top["title"] = record.title
    if record.tags:
        top["tags"] = [tag.name for tag in record.tags]
    if record.created_at:
        top["date"] = record.created_at
    top |= {key: value for key, value in record.meta_data.items() if key not in _TAKEN}
    top[OURS] = _ours(record)
    return f"{front_matter(top)}\n{_joined(record.contents)}\n"


def _ours(record: ItemRecord) -> dict[str, Any]:
    ours: dict[str, Any] = {
        "type": record.type,
        "description": record.description,
        "organization": record.organization,
        "owner": record.owner,
        "updated_at": record.updated_at,
        "meta_data": {key: value for key, value in record.meta_data.items() if key in _TAKEN},
    }
    if any(tag.color for tag in record.tags) or _tag_names([tag.name for tag in record.tags]) != [
        tag.name for tag in record.tags
    ]:
        ours["tags"] = [{"name": tag.name, "color": tag.color} for tag in record.tags]
    contents = [_content_entry(content) for content in record.contents]
    return {key: value for key, value in ours.items() if value} | {"contents": contents}


def _content_entry(content: ContentRecord) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": content.id or content.key,
        "role": content.role,
        "created_at": content.created_at,
        "updated_at": content.updated_at,
        "meta_data": content.meta_data,
    }
    return {key: value for key, value in entry.items() if value}


def _joined(contents: list[ContentRecord]) -> str:
    if len(contents) == 1:
        return contents[0].text
    parts = [f"{_mark(n, content.id or content.key)}\n{content.text}" for n, content in enumerate(contents)]
    return "\n".join(parts)
