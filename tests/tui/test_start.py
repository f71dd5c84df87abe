"""What the first paint waits for, and what it does not."""

from __future__ import annotations

import json
import subprocess
import sys

LATER = ("peewee", "sqlite3", "numpy", "httpx", "aiohttp", "psycopg", "markdown_it", "localstore.models", "sync")
CODE = f"""
import json, sys
import tui.app, tui.screens.items.items
print(json.dumps([name for name in {LATER!r} if name in sys.modules]))
"""


def test_the_list_is_on_the_screen_before_the_store_and_all_that_is_heavy_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
