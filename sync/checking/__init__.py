"""What ``check`` looks at in the local tables of sync: the file alone, no server is asked.

``CHECKS`` are handed to ``localstore.checks.check`` by whoever may know both rooms.
"""

from __future__ import annotations

from localstore.checking.finding import Part
from sync.checking.batches import batches
from sync.checking.links import links
from sync.checking.notes import notes
from sync.checking.triggers import triggers
from sync.checking.waiting import waiting

__all__ = ["CHECKS"]

CHECKS: tuple[Part, ...] = (
    ("triggers of sync", triggers),
    ("link", links),
    ("notes of sync", notes),
    ("batches", batches),
    ("conflicts", waiting),
)
"""Triggers first: what a repair changes in rows has to be noted."""
