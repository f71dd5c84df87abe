"""Sync with a shared PostgreSQL server: one round; link, share, status, conflicts."""

from __future__ import annotations

from tui.cli.program import folder_group

entry = folder_group("sync", __doc__, "sync", "localstore sync --help", default="round")
