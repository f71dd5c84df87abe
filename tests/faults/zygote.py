"""A warm process that forks a child for each write: a kill then costs milliseconds, and not a start of Python.

Reads a line of JSON for each (kind, folder, where to note what is told, moment in seconds or null for none); answers
how long the child lived. It never opens a store itself: SQLite must not be carried through a fork.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import localstore
from localstore import ids
from tests.faults.acknowledged import Lines
from tests.faults.numbered import numbers
from tests.faults.writes import KINDS, carry_out


def warm() -> None:
    """Import what writes need."""
    for module in pkgutil.walk_packages(localstore.__path__, "localstore."):
        if not module.name.endswith("__main__"):
            with suppress(ImportError):  # what only an extra brings
                importlib.import_module(module.name)


def live(order: dict[str, Any]) -> None:
    """Write, as a child; then wait to be killed, or end."""
    lines = Lines(Path(order["told"]))
    ids.new_id = numbers(order["ids"])
    try:
        carry_out(KINDS[order["kind"]], Path(order["folder"]), lines)
    except BaseException as error:
        lines.say(f"failed {type(error).__name__}: {error}")
    while order["moment"] is not None:
        signal.pause()


def bear(order: dict[str, Any]) -> float:
    """Fork a child, kill it at its moment, and return the seconds it lived."""
    begin = time.perf_counter()
    child = os.fork()
    if not child:
        try:
            live(order)
        finally:
            os._exit(0)
    if order["moment"] is not None:
        time.sleep(order["moment"])
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return time.perf_counter() - begin


def main() -> None:
    """Serve until nobody asks any more."""
    warm()
    for line in sys.stdin:
        print(bear(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
