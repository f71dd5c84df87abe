"""peewee, imported without psycopg.

peewee imports psycopg when it finds it: a tenth of a second that only the server's side needs, and gets by its own
import. So nothing here imports peewee but through this module.
"""

from __future__ import annotations

import sys

_HIDDEN = [name for name in ("psycopg", "psycopg2") if name not in sys.modules]
for _name in _HIDDEN:
    sys.modules[_name] = None  # type: ignore[assignment]
try:
    import peewee
    from playhouse.apsw_ext import APSWDatabase  # type: ignore[import-untyped]
finally:
    for _name in _HIDDEN:
        del sys.modules[_name]

__all__ = ["APSWDatabase", "peewee"]
