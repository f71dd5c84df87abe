"""Prepare and look after the PostgreSQL server that stores sync with."""

from __future__ import annotations

from tui.cli.program import folder_group

entry = folder_group("server", __doc__, "sync_server", "localstore sync server init --help")
