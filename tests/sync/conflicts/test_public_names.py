"""``from sync import …`` gives functions, whatever was imported before."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("before", ["import sync.conflicts", "from sync.local.arrivals import Arrivals", ""])
def test_a_module_of_the_same_name_never_takes_the_place_of_a_function(before: str) -> None:
    program = f"{before}\nfrom sync import conflicts, verify\nassert callable(conflicts) and callable(verify)"
    subprocess.run([sys.executable, "-c", program], check=True)
