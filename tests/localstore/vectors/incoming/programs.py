"""Programs that store vectors in processes of their own: ``python -m`` this module with a name and arguments."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from localstore import Store
from localstore.vectors.incoming.put import put
from localstore.vectors.incoming.report import PutReport
from localstore.vectors.incoming.stream import Incoming
from tests.localstore.programs import say, wait

MODEL, DIM = "local/bge", 16


def vectors(count: int) -> NDArray[np.float32]:
    """The same each time."""
    return np.random.default_rng(7).standard_normal((count, DIM), dtype=np.float32)


def keys(count: int) -> list[str]:
    return [f"k{number}" for number in range(count)]


def put_many(path: str, count: str, text: str) -> None:
    """Store vectors of new keys, and say after each transaction how many are in for good."""
    number = int(count)
    texts: Any = [f"words of {n}" for n in range(number)] if text else None
    told = Incoming.settle

    def settle(self: Incoming) -> None:
        told(self)
        say(self.report.added)

    Incoming.settle = settle  # type: ignore[method-assign]
    with Store.open(path) as store:
        say("ready")
        report: PutReport = put(store, MODEL, keys(number), vectors(number), texts=texts)
        say(f"done {report.added}")


def edit_beside(path: str, writes: str) -> None:
    """Edit, add and delete while others store vectors; say what became of each item at the end."""
    with Store.open(path) as store:
        say("ready")
        wait()
        for number in range(int(writes)):
            item = store.items.add(f"beside {number}", text="words")
            store.contents.edit(store.contents.of(item.id)[0].id, text=f"edited {number}")
            if number % 3 == 0:
                store.items.delete(item.id)
            say(f"{item.id} {number % 3}")
        say("done")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
