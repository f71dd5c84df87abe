"""Opening the address in a browser without telling it to everyone on the machine.

What a browser is started with stands in the list of processes, which every user can read. So it is started with a
file that only its owner can read, and the file sends it on to the address.
"""

from __future__ import annotations

import html
import os
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = """<!doctype html><meta charset="utf-8"><title>localstore</title><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}"><a href="{address}">localstore</a>
"""


@contextmanager
def way_in(address: str, opened: Callable[[str], bool] = webbrowser.open) -> Iterator[bool]:
    """Open *address* in a browser by way of a private file, which goes with the block; tell whether one was found."""
    with tempfile.TemporaryDirectory(prefix="localstore-") as folder:
        file = Path(folder) / "open.html"
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as page:
            page.write(PAGE.format(address=html.escape(address)))
        yield opened(file.as_uri())
