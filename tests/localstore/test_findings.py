"""What a finding says: before a repair what can be done, after it what was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from localstore import Store
from localstore.checking.finding import DONE, Finding
from tests.localstore.damage import loosely

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("offered", "done"),
    [
        ("it is damaged: 'check --repair' makes it anew", "it is damaged: the repair made it anew"),
        ("a (x b): bring those back, or 'check --repair' empties the key", "a (x b): the repair emptied the key"),
        ("c, such as d: e; 'check --repair' corrects them", "c, such as d: e; the repair corrected them"),
        ("f: 'check --repair' drops them, and a link asks anew", "f: the repair dropped them, and a link asks anew"),
        ("g: edit or delete them", "g: edit or delete them"),
    ],
)
def test_a_repaired_finding_says_what_was_done(offered: str, done: str) -> None:
    assert Finding("value", "items", 1, offered).mended().message == done


def test_what_every_repair_does_has_a_past() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for room in ("localstore", "sync")
        for path in ROOT.glob(f"{room}/checking/*.py")
    ]
    offers = {verb for source in sources for verb in re.findall(r"'check --repair' (\w+)", source)}
    assert offers and offers <= DONE.keys()


def test_a_repair_tells_what_it_did_and_offers_itself_no_more(store: Store) -> None:
    item = store.items.add("Title", text="body")
    loosely(store, "UPDATE contents SET item_id = '00000000-0000-7000-8000-000000000000'")
    (found,) = store.check(repair=True)
    assert found.repaired and found.message.endswith(": the repair moved them to the trash")
    assert item and "--repair" not in found.message
