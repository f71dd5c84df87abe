"""Our store with items and texts in it, before the vectors come: plain SQL and silent triggers, as in ``million``.

The number of a row stands in the ids of its item and content, so that an answer is told by its row. A thousandth,
a twentieth and a half of the items have a type, a tag, an organization and a number in ``meta_data``, each by chance.
The words are not indexed: nobody searches for words here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import numpy as np

from localstore import Store
from localstore.bulk.batch import silenced
from localstore.connection import Connection
from tests.bench.million import stamp

SHARES = {"rare": 0.001, "some": 0.05, "half": 0.5}
FILTERS = {
    "type": {name: f"type:{name}" for name in SHARES},
    "tag": {name: f"#{name}" for name in SHARES},
    "organization": {name: f"org:{name}" for name in SHARES},
    "meta_data": {name: f"meta.share<{share}" for name, share in SHARES.items()},
}
MODEL = "bench"
STEP = 20_000


def fill(path: Path, texts: Iterable[str], dim: int) -> int:
    """Make a store at *path* with an item for each text, and a model of *dim*; return how many."""
    pick = np.random.default_rng(11)
    made, rest = 0, iter(texts)
    with Store.open(path, email="bench@localhost") as store:
        store.ai_models.add(MODEL, "bench", parameters={"dim": dim})
        tags = {name: store.tags.add(name).id for name in SHARES}
        groups = {name: store.organizations.add(name, name).id for name in SHARES}
        owner = store.local_user_id
        while some := list(islice(rest, STEP)):
            with store.database.writing() as connection, silenced(connection):
                _items(connection, made, some, owner, groups, pick)
                _links(connection, made, len(some), tags, pick)
            made += len(some)
    return made


def item_id(number: int) -> str:
    """Return the id of the item of a row."""
    return _id(number, 8)


def content_id(number: int) -> str:
    """Return the id of the text of a row."""
    return _id(number, 9)


def row_of(pk: str | None) -> int:
    """Return the row that an item or content stands for."""
    return int(str(pk)[-12:], 16)


def _id(number: int, kind: int) -> str:
    time = 0x019B00000000 + number
    return f"{time >> 16:08x}-{time & 0xFFFF:04x}-7000-{kind}000-{number:012x}"


def _items(
    connection: Connection, made: int, texts: list[str], owner: str, groups: dict[str, str], pick: np.random.Generator
) -> None:
    kinds, teams, shares = _chosen(pick, len(texts)), _chosen(pick, len(texts)), pick.random(len(texts))
    items, contents = [], []
    for number, text in enumerate(texts, made):
        pk, at, place = item_id(number), stamp(number), number - made
        kind, team = kinds[place] or "note", groups.get(teams[place])
        meta = json.dumps({"share": float(shares[place])})
        items.append((pk, at, at, owner, team, kind, f"passage {number}", meta))
        contents.append((content_id(number), at, at, pk, text))
    connection.executemany(
        "INSERT INTO items (id, created_at, updated_at, owner_id, organization_id, type, title, meta_data)"
        " VALUES (?,?,?,?,?,?,?,?)",
        items,
    )
    connection.executemany(
        "INSERT INTO contents (id, created_at, updated_at, item_id, text) VALUES (?,?,?,?,?)", contents
    )


def _links(connection: Connection, made: int, count: int, tags: dict[str, str], pick: np.random.Generator) -> None:
    named = _chosen(pick, count)
    links = [(item_id(number), tags[name]) for number, name in enumerate(named, made) if name]
    connection.executemany("INSERT INTO item_tag_links (item_id, tag_id) VALUES (?,?)", links)


def _chosen(pick: np.random.Generator, count: int) -> list[str]:
    """Return a name of ``SHARES``, or "", for each of *count*."""
    names = [*SHARES, ""]
    odds = [*SHARES.values(), 1 - sum(SHARES.values())]
    return [names[number] for number in pick.choice(len(names), count, p=odds)]
