"""Rows of a large store: who owns what, which tags and kinds, files and events; ids that can be told in advance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np

from localstore import Store
from localstore.embedding.registration import register_builtin
from tests.bench.big.words import Texts
from tests.bench.million import TYPES, stamp

__all__ = ["Chosen", "World", "content_id", "event_rows", "file_rows", "item_id", "item_rows", "stamp"]

TAGS, TEAMS, PEOPLE = 2_000, 20, 50
HEAVY = "tag-0000"
"""A tag that half of all items carry."""
Row = tuple[Any, ...]


def scattered(kind: int, number: int) -> str:
    """Return an id that rises with its number, as those of UUIDv7 do, and whose end looks like chance."""
    time, tail = 0x019B00000000 + number, (number * 0x9E3779B97F4A7C15 + kind) % (1 << 48)
    return f"{time >> 16:08x}-{time & 0xFFFF:04x}-7{kind:03x}-8000-{tail:012x}"


def item_id(number: int) -> str:
    """Return the id of an item."""
    return scattered(1, number)


def content_id(number: int, which: int) -> str:
    """Return the id of an item's first or second text."""
    return scattered(2 + which, number)


@dataclass
class World:
    """What items belong to: all ids."""

    owner: str
    model: str
    other: str
    people: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, store: Store, model: str, other: str, dim: int) -> World:
        """Make people, teams, memberships, tags, models and settings through the store."""
        first = register_builtin(store, name=model, dim=dim)
        second = store.ai_models.add(other, "bench", parameters={"dim": dim})
        found = cls(str(store.local_user_id), str(first.id), str(second.id))
        found.people = [str(store.users.add(f"person{n}@example.org").id) for n in range(PEOPLE)]
        found.teams = [str(store.organizations.add(f"Team {n}", f"team-{n}").id) for n in range(TEAMS)]
        for number, person in enumerate(found.people):
            store.memberships.add(person, found.teams[number % TEAMS])
        found.tags = [str(store.tags.add(f"tag-{n:04d}").id) for n in range(TAGS)]
        return found


class Chosen:
    """What each item has by chance, the same for the same seed."""

    def __init__(self, seed: int, world: World) -> None:
        self._pick, self.world = np.random.default_rng(seed), world
        self._tags = 1 / np.arange(2, TAGS + 1)
        self._tags /= self._tags.sum()

    def whole(self, below: int, count: int) -> list[int]:
        """Return numbers below one."""
        found: list[int] = self._pick.integers(0, below, count).tolist()
        return found

    def links(self, numbers: range) -> list[Row]:
        """Return two tags for each item: half have the heavy one."""
        tags = self.world.tags
        drawn = self._pick.choice(np.arange(1, TAGS), size=(len(numbers), 2), p=self._tags).tolist()
        found = {
            (item_id(number), tags[tag])
            for number, two in zip(numbers, drawn, strict=True)
            for tag in ((0, two[0]) if number % 2 else two)
        }
        return sorted(found)


def item_rows(numbers: range, texts: Texts, chosen: Chosen) -> Iterator[Row]:
    """Yield items: three fifths are the local user's, half belong to a team, a third have a description."""
    world, count = chosen.world, len(numbers)
    titles = texts.titles(numbers.start, count)
    owners, teams = chosen.whole(PEOPLE * 5 // 2, count), chosen.whole(TEAMS * 2, count)
    types, shares = chosen.whole(len(TYPES), count), chosen.whole(1_000_000, count)
    for at, number in enumerate(numbers):
        person, team = owners[at], teams[at]
        owner = world.people[person] if person < PEOPLE else world.owner
        meta = {"lang": ("en", "de", "fr")[number % 3], "year": 2000 + number % 27, "share": shares[at] / 1_000_000}
        yield (
            item_id(number),
            stamp(number),
            stamp(number),
            owner,
            world.teams[team] if team < TEAMS else None,
            TYPES[types[at]],
            titles[at],
            f"About {titles[at]}" if number % 3 == 0 else None,
            json.dumps(meta, separators=(",", ":")),
        )


def file_rows(places: Sequence[str], real: int, items: int, owner: str) -> Iterator[Row]:
    """Yield a row for each place; those that are *real* have their size and digest."""
    for number, place in enumerate(places):
        body = f"file {number}\n".encode()
        facts = (len(body), sha256(body).hexdigest()) if number < real else (4_096, None)
        at, kind = stamp(number), "text/plain" if number < real else "application/pdf"
        item = item_id(number * 7 % items)
        yield (scattered(5, number), at, at, owner, item, place.rpartition("/")[2], place, kind, *facts)


def event_rows(count: int, items: int, world: World) -> Iterator[Row]:
    """Yield events; a tenth came from elsewhere, later than their ids say."""
    types = ("item.created", "item.edited", "item.tagged", "embedding.stored", "items.imported")
    for number in range(count):
        at = stamp(number * 3 + (5_000 if number % 10 == 0 else 0))
        item = item_id(number * 3 % items)
        yield (scattered(6, number), at, at, world.owner, item, types[number % 5], '{"columns":["title"]}')
