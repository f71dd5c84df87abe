"""What holds whatever was read: one sentence for a refusal, a sound store, true counts, an end in time."""

from __future__ import annotations

import shutil
import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from localstore import Store
from localstore.models import BY_NAME

LONGEST = 1_500
"""Characters of a sentence that a person still reads."""
PATIENCE = 120
"""Seconds after which a reader of a small file hangs, on however busy a machine."""
_MOVING = {"Cc", "Cs", "Zl", "Zp"}


def check_sentence(text: str, place: str = "") -> None:
    """Assert that a message is one line for a person, names *place*, and holds nothing that steers a terminal."""
    assert text.strip() and len(text) <= LONGEST, f"{len(text)} characters: {text[:200]!r}"
    odd = {char for char in text if unicodedata.category(char) in _MOVING}
    assert not odd, f"control characters in a message: {text!r}"
    assert "Traceback" not in text and "object at 0x" not in text, text
    assert place in text, f"no {place!r} in {text!r}"


@contextmanager
def in_time(seconds: int = PATIENCE) -> Iterator[None]:
    """Fail a block that does not come to its end."""

    def late(*_: object) -> None:
        raise AssertionError(f"still reading after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@cache
def template() -> Path:
    """A store with somebody, an organization, tags, items and vectors, made once and copied."""
    path = Path(mkdtemp(prefix="localstore-fuzz-")) / "template.db"
    with Store.open(path, email="ada@example.org", name="Ada") as store:
        store.organizations.add("Lab", "lab")
        store.ai_models.add("m", "lab", parameters={"dim": 3})
        for number in range(3):
            item = store.items.add(
                f"Item {number}", text=f"first words {number}", tags=["todo"], meta_data={"n": number}
            )
            store.embeddings.add("lab/m", [0.1, 0.2, number], content=store.contents.of(item.id)[0].id)
    return path


@contextmanager
def a_store() -> Iterator[tuple[Store, Path]]:
    """Lend a copy of the template, and the folder it is in."""
    with TemporaryDirectory(prefix="localstore-fuzz-") as folder:
        path = Path(folder) / "store.db"
        shutil.copy(template(), path)
        with Store.open(path) as store:
            yield store, Path(folder)


def everything(store: Store) -> dict[str, list[Any]]:
    """Return all rows of all tables."""
    with store.reading() as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in sorted(BY_NAME)}


def check_sound(store: Store) -> None:
    """Assert that the store is as this program leaves it; files of other machines are no fault."""
    found = [each for each in store.check() if each.kind != "file"]
    assert not found, found
