"""Vectors whose length is not their model's."""

from __future__ import annotations

from collections.abc import Iterator

from localstore.ai_models import dimension, spelled
from localstore.checking.finding import Finding, Inquiry


def lengths(asked: Inquiry) -> Iterator[Finding]:
    """Compare ``dim`` with the bytes, and with ``parameters.dim`` or the length most vectors of the model have."""
    with asked.store.reading() as connection:
        models = connection.execute("SELECT id, provider, name, version FROM ai_models").fetchall()
        for pk, provider, name, version in models:
            sql = (
                "SELECT length(vector) / 4, count(*) FROM embeddings WHERE model_id = ?"
                " GROUP BY 1 ORDER BY count(*) DESC, 1"
            )
            found: dict[int, int] = dict(connection.execute(sql, (pk,)).fetchall())
            if not found:
                continue
            declared = dimension(connection, str(pk))
            wanted = declared if declared in found else next(iter(found))
            other = sum(count for length, count in found.items() if length != wanted)
            if other:
                model = spelled({"provider": provider, "name": name, "version": version})
                message = f"{other} vectors of {model} do not have {wanted} numbers: delete them and embed again"
                yield Finding("vector", "embeddings", other, message)
