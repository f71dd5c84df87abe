"""All tags one by one: what a list shows of each, those that share a name, and what a merge would move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from localstore import tags
from localstore.errors import InvalidFilter, InvalidValue
from localstore.filters import nearest
from localstore.finding.find_fields import NOTHING, FindFields, read_fields
from localstore.ids import fold
from localstore.models import Tag

if TYPE_CHECKING:
    from localstore.store import Store

STATES = ("double", "unused", "coloured")


class TagRow(NamedTuple):
    """A tag; ``doubles`` is how many others have its name, whatever the case."""

    id: str
    name: str
    color: str | None
    items: int
    created_at: str
    doubles: int = 0


class MergeCount(NamedTuple):
    """What a merge does: links that move, and items that carry the target already."""

    links: int
    both: int


@dataclass(frozen=True)
class TagFilter:
    """Words of the name; ``is:double``, ``is:unused``, ``is:coloured``."""

    asked: FindFields = NOTHING

    @classmethod
    def parse(cls, line: str) -> TagFilter:
        """Read a find line; InvalidFilter says where it went wrong."""
        asked = read_fields(line, {"is": "is:double"})
        for state in asked.all("is"):
            if state.value not in STATES:
                raise InvalidFilter(f"no tag is {state.value!r}{nearest(state.value, STATES)}", state.position)
        return cls(asked)

    def __bool__(self) -> bool:
        return bool(self.asked)

    def holds(self, row: TagRow) -> bool:
        """Tell whether a tag is asked for."""
        name = fold(row.name)
        facts = {"double": bool(row.doubles), "unused": not row.items, "coloured": bool(row.color)}
        states = all(facts[state.value] for state in self.asked.all("is"))
        return states and all(fold(word.removeprefix("#")) in name for word in self.asked.words)


def rows(store: Store) -> list[TagRow]:
    """Return every tag by name, those of one name oldest first, with the items that carry it."""
    sql = (
        "SELECT t.id, t.name, t.color, COALESCE(n.items, 0), t.created_at,"
        " count(*) OVER (PARTITION BY fold(t.name)) - 1 FROM tags t"
        " LEFT JOIN (SELECT tag_id, count(*) AS items FROM item_tag_links GROUP BY tag_id) n ON n.tag_id = t.id"
        " ORDER BY fold(t.name), t.created_at, t.id"
    )
    with store.database.reading() as connection:
        return [TagRow(*row) for row in connection.execute(sql)]


def ordered(found: Sequence[TagRow], sort: str) -> list[TagRow]:
    """Return tags by ``name``, ``items`` or ``created``, ``-`` in front for the other way; equal ones by name."""
    by_name = sorted(found, key=lambda row: (fold(row.name), row.created_at, row.id), reverse=sort == "-name")
    if sort.lstrip("-") == "items":
        return sorted(by_name, key=lambda row: row.items, reverse=sort.startswith("-"))
    if sort.lstrip("-") == "created":
        return sorted(by_name, key=lambda row: row.created_at, reverse=sort.startswith("-"))
    return by_name


def count_merge(store: Store, sources: Sequence[str], target: str) -> MergeCount:
    """Return what ``merge_all`` would do."""
    marks = ", ".join("?" for _ in sources)
    own = "EXISTS (SELECT 1 FROM item_tag_links o WHERE o.item_id = l.item_id AND o.tag_id = ?)"
    sql = f"SELECT count(*), COALESCE(sum({own}), 0) FROM item_tag_links l WHERE l.tag_id IN ({marks})"
    with store.database.reading() as connection:
        return MergeCount(*connection.execute(sql, (target, *sources)).fetchone())


def merge_all(store: Store, sources: Sequence[str], target: str) -> int:
    """Merge tags into another as one action; return how many links moved. Raises InvalidValue for nothing to merge."""
    wanted = [pk for pk in dict.fromkeys(sources) if pk != target]
    if not wanted:
        raise InvalidValue("one tag cannot be merged with itself: choose another")
    name = store.tags.get(target).name
    with store.action("tag.merged", f"merge {len(wanted)} tag{'s' * (len(wanted) > 1)} into {name[:60]!r}") as action:
        moved = sum(tags.merge(action, pk, target) for pk in wanted)
        action.payload = {"ids": wanted[:20], "into": target, "items": moved}
        return moved


def doubles(found: Sequence[TagRow]) -> list[tuple[TagRow, list[TagRow]]]:
    """Return each name that several tags have: the oldest of them, and the others."""
    groups: dict[str, list[TagRow]] = {}
    for row in found:
        if row.doubles:
            groups.setdefault(fold(row.name), []).append(row)
    kept = [sorted(group, key=lambda row: (row.created_at, row.id)) for group in groups.values()]
    return [(group[0], group[1:]) for group in kept if len(group) > 1]


def merge_doubles(store: Store) -> tuple[int, int]:
    """Merge tags of one name into the oldest of them, as one action; return how many names and links."""
    with store.database.writing():
        found = doubles(rows(store))
        if not found:
            return 0, 0
        with store.action("tag.merged", f"merge the doubles of {len(found)} tags") as action:
            moved = sum(tags.merge(action, other.id, kept.id) for kept, others in found for other in others)
            action.payload = {"names": [kept.name for kept, _ in found[:20]], "items": moved}
    return len(found), moved


def recolour(store: Store, refs: Sequence[str], colour: str | None) -> None:
    """Give tags a colour, or none, as one action."""
    with store.action("tag.edited", f"colour {len(refs)} tag{'s' * (len(refs) != 1)}") as action:
        for pk in refs:
            action.update(Tag, pk, {"color": colour})
        action.payload = {"ids": list(refs[:20]), "color": colour}
