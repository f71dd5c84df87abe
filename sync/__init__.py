"""sync: carries changes both ways between a store's file and a shared PostgreSQL server.

::

    from localstore import Store
    from sync import conflicts, link, resolve, status, sync

    with Store.open("notes.db") as store:
        link(store, "postgresql://…#DEVICE:SECRET")
        print(sync(store).pushed)
        for conflict in conflicts(store).rows:
            resolve(store, conflict.id, "mine")

Names are loaded when first used: the driver takes a tenth of a second.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync.comparing.verifying import verify
    from sync.conflicts import OpenConflict, conflicts
    from sync.estimating import estimate
    from sync.files.change_import import import_changes
    from sync.files.changefile import export_changes
    from sync.files.sql_export import export_sql
    from sync.linking import LinkPlan, link, share, unlink
    from sync.protocol import sync
    from sync.resolution.resolving import resolve, resolve_all, resolve_fields
    from sync.round_log import rounds
    from sync.rounds import Estimate, Round, Status
    from sync.standing import status

_PLACES = {
    "Estimate": "sync.rounds",
    "LinkPlan": "sync.linking",
    "OpenConflict": "sync.conflicts",
    "Round": "sync.rounds",
    "Status": "sync.rounds",
    "conflicts": "sync.conflicts",
    "estimate": "sync.estimating",
    "export_changes": "sync.files.changefile",
    "export_sql": "sync.files.sql_export",
    "import_changes": "sync.files.change_import",
    "link": "sync.linking",
    "resolve": "sync.resolution.resolving",
    "resolve_all": "sync.resolution.resolving",
    "resolve_fields": "sync.resolution.resolving",
    "rounds": "sync.round_log",
    "share": "sync.linking",
    "status": "sync.standing",
    "sync": "sync.protocol",
    "unlink": "sync.linking",
    "verify": "sync.comparing.verifying",
}
__all__ = [
    "Estimate",
    "LinkPlan",
    "OpenConflict",
    "Round",
    "Status",
    "conflicts",
    "estimate",
    "export_changes",
    "export_sql",
    "import_changes",
    "link",
    "resolve",
    "resolve_all",
    "resolve_fields",
    "rounds",
    "share",
    "status",
    "sync",
    "unlink",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_PLACES[name]), name)
    globals()[name] = found
    return found


class _Package(ModuleType):
    """Keeps ``conflicts`` the function: Python puts the module of that name in its place once it is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _PLACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
