"""Which tables a pull has to ask, by what the server's log noted since the last one."""

from __future__ import annotations

from collections.abc import Mapping

from localstore import tables
from localstore.models import BY_NAME, TABLES
from localstore.models import Row as Model
from localstore.sync_rules import RULES, Sees

MOVED = "S"
"""The letter of an update that changed whom a row belongs to: what hangs on it comes into view or goes."""


def tables_to_ask(noted: Mapping[str, str] | None) -> list[str]:
    """Return the tables whose rows may have changed for us, parents first; all when nothing is known."""
    if noted is None:
        return [str(model._meta.table_name) for model in TABLES]
    asked = {BY_NAME[tbl] for tbl in noted}
    for tbl, letters in noted.items():
        if MOVED in letters:
            asked |= _below(BY_NAME[tbl])
    # People come into view and go with the rows that name them, whoever's they are.
    for model in TABLES:
        if RULES[str(model._meta.table_name)].sees is Sees.COLLEAGUES:
            named = (noted.get(str(child._meta.table_name), "") for child, _, _ in tables.children(model))
            if any(letters.strip("U") for letters in named):
                asked.add(model)
    return [str(model._meta.table_name) for model in TABLES if model in asked]


def _below(model: type[Model]) -> set[type[Model]]:
    found: set[type[Model]] = set()
    for child, _, _ in tables.children(model):
        if child not in found:
            found |= {child} | _below(child)
    return found
