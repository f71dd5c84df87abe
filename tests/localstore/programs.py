"""What other processes do to a store in the tests; run as ``python -m tests.localstore.programs NAME ARGUMENTS``."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import sys
import tempfile
from pathlib import Path

from localstore import LocalstoreError, Store, migrations

NOBODY = 65534


def say(*words: object) -> None:
    """Tell the parent one line; it is out when this returns."""
    print(*words, flush=True)


def wait() -> None:
    """Wait until the parent says to go on."""
    sys.stdin.readline()


def opened(path: str, read_only: str) -> None:
    """Say what opening a store is answered, as a user whom file permissions bind."""
    from localstore.attached import files  # noqa: F401  all that is needed is read before

    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "warm.db") as warm:
        warm.items.add("warm")
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        with Store.open(path, read_only=read_only == "read") as store:
            say("opened", store.items.count())
    except LocalstoreError as error:
        say(type(error).__name__, error)


def make(path: str) -> None:
    """Make a store at the same moment as others."""
    say("ready")
    wait()
    with Store.open(path, email="ada@example.org") as store:
        store.items.add("made")
        say(store.state.get("store_id"), store.local_user_id)


def hold(path: str) -> None:
    """Hold the write lock until told to commit."""
    with Store.open(path) as store:
        with store.database.writing():
            store.items.add("held")
            say("holding")
            wait()
        say("committed")
        wait()


def fill_up(path: str, limit: str) -> None:
    """Write until the file may not grow, then say what is there, before and after the limit is lifted."""
    with Store.open(path) as store:
        before = store.items.count()
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
        try:
            store.items.add("too much", text="x" * (2 * int(limit)))
        except LocalstoreError as error:
            say(type(error).__name__, error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        say(store.items.count() - before)
        store.items.add("goes on")
        say(store.items.count() - before)


def migrate_and_die(path: str, step: str) -> None:
    """Begin a migration and be killed in its midst."""
    migrations.LATEST += 1
    migrations.STEPS[migrations.LATEST] = step
    real = migrations._step

    def half(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        say("in the midst")
        wait()

    migrations._step = half  # type: ignore[assignment]
    Store.open(path)


def hammer(path: str, seed: str, dim: str) -> None:
    """Insert, replace and delete vectors at random, by the Store and by plain SQL, until killed."""
    import numpy as np

    from localstore.vectors import building

    chance, rng = random.Random(seed), np.random.default_rng(int(seed))
    with Store.open(path) as store:
        say("ready")
        for number in range(100_000):
            deed = chance.choice(["put", "put", "replace", "delete", "foreign", "fold", "retype"])
            vectors = rng.standard_normal((chance.choice([1, 20, 600]), int(dim))).astype(np.float32)
            if deed == "put":
                store.embeddings.put("m", [f"{seed} {number} {row}" for row in range(len(vectors))], vectors)
            elif deed == "replace":
                keys = [f"row {row}" for row in chance.sample(range(2_600), len(vectors))]
                store.embeddings.put("m", keys, vectors)
            elif deed == "delete":
                with contextlib.suppress(LocalstoreError):  # the other may have been quicker
                    store.items.delete(*[row.id for row in store.items.rows(limit=chance.choice([1, 30])).rows])
            elif deed == "fold":
                with store.database.writing() as connection:
                    building.fold(connection)
            else:
                with store.database.writing() as connection:
                    connection.execute(_FOREIGN[deed], (vectors[0].tobytes(),))
            say(deed)


_FOREIGN = {
    "foreign": "INSERT OR REPLACE INTO embeddings (id, model_id, item_id, vector, dim)"
    " SELECT id, model_id, item_id, ?, dim FROM embeddings WHERE abs(random()) % 50 = 0 AND item_id IS NOT NULL",
    "retype": "UPDATE items SET type = CASE type WHEN 'paper' THEN 'vector' ELSE 'paper' END"
    " WHERE abs(random()) % 20 = 0 AND ? NOT NULL",
}


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
