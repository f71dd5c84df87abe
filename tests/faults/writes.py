"""The kinds of writes that are struck: each writes some steps and tells after each that it is done."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localstore import LocalstoreError, Store, StoreError
from localstore.deeds import item_deeds
from localstore.embedding.run import run
from localstore.importing import ImportOptions, ImportReport, import_files
from tests.faults import world
from tests.faults.acknowledged import Hears

Act = Callable[[Store, Hears], None]


@dataclass(frozen=True)
class Kind:
    """A kind of write: ``whole`` when every step is one transaction, else a step is done in parts and goes on."""

    name: str
    act: Act
    whole: bool = True
    path: str = "store.db"
    made: str = ""
    """A file that the write makes beside the store."""
    left: str = "orphan"
    """What ``check`` may find after a fault: bytes of a file whose row was never written, which a repair removes."""


KINDS: dict[str, Kind] = {}


def kind(name: str, **more: Any) -> Callable[[Act], Act]:
    """Enter a function among the kinds."""

    def enter(act: Act) -> Act:
        KINDS[name] = Kind(name, act, **more)
        return act

    return enter


def carry_out(write: Kind, folder: Path, told: Hears) -> None:
    """Open the store, write, close it."""
    with Store.open(folder / write.path, email=world.EMAIL) as store:
        told.done(store)
        write.act(store, told)


def titled(store: Store, begin: str, count: int) -> list[str]:
    """Return the ids of the first items whose title begins so."""
    found = [row.id for row in store.items.rows(sort="id", limit=200).rows if row.title.startswith(begin)]
    return found[:count]


# -- in one transaction each ---------------------------------------------------------------------------------


@kind("add")
def add(store: Store, told: Hears) -> None:
    for number in range(8):
        contents = [{"text": "words " * 200 * number} for _ in range(3)]
        store.items.add(f"new {number}", contents=contents, tags=["a", f"new {number}"])
        told.done(store)


@kind("edit")
def edit(store: Store, told: Hears) -> None:
    for number, pk in enumerate(titled(store, "item", 5)):
        store.items.edit(pk, title=f"edited {number}", description="why " * 500)
        told.done(store)
        store.items.edit_meta(pk, {"number": number})
        told.done(store)
        store.contents.edit(store.contents.of(pk)[0].id, text="another text " * 2_000)
        told.done(store)


@kind("texts")
def texts(store: Store, told: Hears) -> None:
    for pk in titled(store, "item", 4):
        second = store.contents.add(pk, "second " * 2_000)
        told.done(store)
        store.contents.move(second.id, 1)
        told.done(store)


@kind("delete")
def delete(store: Store, told: Hears) -> None:
    for pk in titled(store, "item", 4):
        store.items.delete(pk)
        told.done(store)
    store.organizations.delete("lab", cascade=True)
    told.done(store)
    store.trash.restore(store.trash.entries()[0].id)
    told.done(store)
    store.trash.restore(store.trash.entries()[0].id)
    told.done(store)
    store.trash.empty()
    told.done(store)


@kind("undo")
def undo(store: Store, told: Hears) -> None:
    for step in [store.undo] * 8 + [store.redo] * 8:
        step()
        told.done(store)


@kind("tags")
def tags(store: Store, told: Hears) -> None:
    many = titled(store, "item", 40)
    for step in (
        lambda: store.items.tag(["many", "more"], *many),
        lambda: store.items.untag(["a"], *many[:20]),
        lambda: store.tags.merge("b", "c"),
        lambda: store.tags.rename("c", "renamed"),
        lambda: store.tags.recolor("renamed", "#aabbcc"),
        lambda: store.tags.delete("many"),
    ):
        step()
        told.done(store)


@kind("people")
def people(store: Store, told: Hears) -> None:
    bea = str(store.users.add("bea@example.org", "Bea").id)
    told.done(store)
    for step in (
        lambda: store.organizations.add("Den", slug="den", owner=bea),
        lambda: store.memberships.add(bea, "lab", role="member"),
        lambda: store.memberships.set_role(bea, "lab", "admin"),
        lambda: store.organizations.edit("den", name="The den"),
        lambda: store.memberships.remove(bea, "lab"),
        lambda: store.users.delete(bea),
    ):
        step()
        told.done(store)


@kind("settings")
def settings(store: Store, told: Hears) -> None:
    for number in range(4):
        store.settings.set("events.enabled", number % 2 == 0)
        told.done(store)
        store.preferences.set("theme", f"theme {number}")
        told.done(store)
        store.saved_searches.save(f"name {number}", "#a")
        told.done(store)
        store.drafts.keep("new", "half a text " * number)
        told.done(store)


@kind("vectors")
def vectors(store: Store, told: Hears) -> None:
    for number, pk in enumerate(titled(store, "item", 6)):
        store.embeddings.put_one(world.MODEL, [float(number)] * world.DIM, content=store.contents.of(pk)[0].id)
        told.done(store)
        store.embeddings.put_one(world.MODEL, [1.0 + number] * world.DIM, item=pk)
        told.done(store)


@kind("files")
def files(store: Store, told: Hears) -> None:
    paper = store.path.with_name("paper.txt")
    for pk, copied in zip(titled(store, "item", 2), (True, False), strict=True):
        store.files.attach(pk, paper, copy=copied)
        told.done(store)
    paper.with_name("second.txt").write_text("second " * 50_000)
    store.files.attach(None, paper.with_name("second.txt"), copy=True)
    told.done(store)


@kind("making", path="new.db")
def making(store: Store, told: Hears) -> None:
    store.items.add("first", text="of a new store", tags=["a"])
    told.done(store)


@kind("migration", path="old.db")
def migration(store: Store, told: Hears) -> None:
    store.items.add("after the migration")
    told.done(store)


@kind("mixed")
def mixed(store: Store, told: Hears) -> None:
    wander(store, told, random.Random(1), 25)


def wander(store: Store, told: Hears, chance: random.Random, steps: int) -> None:
    """Do one thing after the other at random."""
    for number in range(steps):
        pick(store, chance, number)
        told.done(store)


def pick(store: Store, chance: random.Random, number: int) -> None:
    """Do one thing at random; what cannot be done just now is left."""
    kept = [row.id for row in store.items.rows(sort="id", limit=30).rows]
    pk = chance.choice(kept)
    trash = [entry.id for entry in store.trash.entries()]
    deeds: list[Callable[[], object]] = [
        lambda: store.items.add(f"kept {number}", text="words " * 150, tags=["abc"[number % 3]]),
        lambda: store.items.edit(pk, title=f"title {number}"),
        lambda: store.contents.add(pk, "more " * 2_000),
        lambda: store.items.delete(pk),
        lambda: store.items.tag(["abcdef"[number % 6]], pk),
        lambda: store.trash.restore(trash[number % len(trash)]) if trash else None,
        store.undo,
        store.undo,
        store.redo,
    ]
    try:
        chance.choice(deeds)()
    except LocalstoreError as error:
        if isinstance(error, StoreError):
            raise


# -- in parts, each for good ---------------------------------------------------------------------------------


@kind("import", whole=False)
def take_in(store: Store, told: Hears) -> None:
    before = store.items.count()

    def progress(report: ImportReport) -> None:
        told.rows("items", before + report.added)

    import_files(store, [store.path.with_name("records.jsonl")], ImportOptions(source="records"), progress)
    told.done(store)


@kind("put", whole=False)
def put(store: Store, told: Hears) -> None:
    count = len(store.path.with_name("records.jsonl").read_text(encoding="utf-8").splitlines())
    keys, texts = [f"n{n}" for n in range(count)], [f"words of {n}" for n in range(count)]
    store.embeddings.put(world.MODEL, keys, world.matrix(count), texts, source="put")
    told.done(store)
    store.embeddings.put(world.MODEL, keys, world.matrix(count) * 2, source="put")
    told.done(store)


@kind("embed", whole=False)
def embed(store: Store, told: Hears) -> None:
    model = next(row for row in store.ai_models.all() if row.provider == "builtin")
    begin = [store.embeddings.count()]

    def progress(done: int, _: int) -> None:
        told.rows("embeddings", begin[0] + done)

    run(store, model, batch=4, progress=progress if not store.embeddings.count({"model_id": str(model.id)}) else None)
    told.done(store)


@kind("codes", whole=False)
def codes(store: Store, told: Hears) -> None:
    for _ in range(4):
        store.embeddings.rebuild(world.MODEL)
        told.done(store)


@kind("deed", whole=False)
def deed(store: Store, told: Hears) -> None:
    keys = titled(store, "item", 40)
    item_deeds.tag(store, keys, ["all"], [], lambda _, __: None)
    told.done(store)
    item_deeds.retype(store, keys, "paper", lambda _, __: None)
    told.done(store)


@kind("repair", whole=False, left="duplicate")
def repair(store: Store, told: Hears) -> None:
    with store.database.writing() as connection:  # as another program writes
        connection.execute("INSERT INTO tags (name) SELECT 'A' WHERE NOT EXISTS (SELECT 1 FROM tags WHERE name = 'A')")
        connection.execute(
            "INSERT OR IGNORE INTO item_tag_links (item_id, tag_id)"
            " SELECT id, (SELECT id FROM tags WHERE name = 'A') FROM items WHERE title LIKE 'item%'"
        )
    told.done(store)
    store.check(repair=True)
    told.done(store)


# -- beside the store ----------------------------------------------------------------------------------------


@kind("backup", whole=False, made="copy.db")
def backup(store: Store, told: Hears) -> None:
    for _ in range(3):
        store.backup(store.path.with_name("copy.db"), overwrite=True)
        told.done(store)


@kind("export", whole=False, made="all.jsonl")
def export(store: Store, told: Hears) -> None:
    from localstore.exporting import export as write

    for _ in range(5):
        write(store, store.path.with_name("all.jsonl"))
        told.done(store)
