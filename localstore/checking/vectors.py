"""Vectors that no lookup can use: of another length than their model's, or with a number that is not finite."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localstore import ids
from localstore.ai_models import spelled
from localstore.checking.finding import Finding, Inquiry
from localstore.checking.moving import move_to_trash
from localstore.connection import Connection
from localstore.fields import from_bytes
from localstore.models import Embedding

_CLEAR = 0.9
"""The share of a model's vectors whose length is taken for the model's where it declares none."""
_TRASHED = "'check --repair' moves them to the trash, and 'localstore embed' makes them again"


def vectors(asked: Inquiry) -> Iterator[Finding]:
    """First what each vector says of itself, then how it stands beside the others of its model."""
    yield from _said_lengths(asked)
    yield from _torn(asked)
    yield from _of_models(asked)


def _said_lengths(asked: Inquiry) -> Iterator[Finding]:
    """``dim`` is not the number of the bytes: the bytes are right."""
    sql = "SELECT id, length(vector) / 4 FROM embeddings WHERE length(vector) <> 4 * dim AND length(vector) % 4 = 0"
    with asked.reading() as connection:
        found = connection.execute(f"{sql} AND length(vector) > 0 ORDER BY id").fetchall()
    if not found:
        return
    shown = f"{ids.short(found[0][0])} ({found[0][1]} numbers)"
    what = f"{len(found)} vectors have another dim than numbers, such as {shown}: 'check --repair' corrects dim"
    finding = Finding("vector", "embeddings", len(found), what, row=str(found[0][0]))
    if asked.repair:
        asked.keep()
        with asked.store.action("check.corrected") as action:
            for pk, count in found:
                action.update(Embedding, str(pk), {"dim": count})
        finding = finding.mended()
    yield finding


def _torn(asked: Inquiry) -> Iterator[Finding]:
    """Bytes that are no whole numbers, none at all, or numbers that are not finite."""
    with asked.reading() as connection:
        refused: Any = _refusal
        connection.create_scalar_function("refused", refused, 1, deterministic=True)
        sql = (
            "SELECT id, why FROM (SELECT id, refused(vector) AS why FROM embeddings) WHERE why IS NOT NULL ORDER BY id"
        )
        found = connection.execute(sql).fetchall()
    if found:
        keys = [str(pk) for pk, _ in found]
        message = (
            f"{len(keys)} vectors cannot be used, such as {ids.short(keys[0])} (vector: {found[0][1]}): {_TRASHED}"
        )
        yield _trashed(asked, keys, message, "vectors that cannot be used")


def _refusal(blob: bytes | None) -> str | None:
    import numpy

    if not blob:
        return "no numbers at all"
    if len(blob) % 4:
        return f"{len(blob)} bytes are no whole float32 numbers"
    return None if numpy.isfinite(from_bytes(blob)).all() else "a number that is not finite"


def _of_models(asked: Inquiry) -> Iterator[Finding]:
    """Compare with ``parameters.dim`` or the length that most vectors of the model have."""
    with asked.reading() as connection:
        rows = connection.execute("SELECT id, provider, name, version FROM ai_models").fetchall()
        others = [(row, *_others(connection, str(row[0]))) for row in rows]
    for (_, provider, name, version), wanted, keys, clear in others:
        if not keys:
            continue
        model = spelled({"provider": provider, "name": name, "version": version})
        what = f"{len(keys)} vectors of {model} do not have {wanted} numbers, such as {ids.short(keys[0])}"
        if clear:
            yield _trashed(asked, keys, f"{what}: {_TRASHED}", f"vectors of {model} of another length")
        else:
            message = f"{what}: set parameters.dim of the model to say which length is right, then check again"
            yield Finding("vector", "embeddings", len(keys), message, row=keys[0])


def _others(connection: Connection, model_id: str) -> tuple[int, list[str], bool]:
    """Return the length wanted, the vectors of other lengths, and whether it is clear that those are wrong."""
    sql = "SELECT length(vector) / 4, count(*) FROM embeddings WHERE model_id = ? GROUP BY 1 ORDER BY count(*) DESC, 1"
    found: dict[int, int] = dict(connection.execute(sql, (model_id,)).fetchall())
    if len(found) < 2:
        return 0, [], False
    sql = "SELECT json_extract(parameters, '$.dim') FROM ai_models WHERE id = ? AND json_valid(parameters)"
    declared = (connection.execute(sql, (model_id,)).fetchone() or (None,))[0]
    wanted = declared if declared in found else next(iter(found))
    sql = "SELECT id FROM embeddings WHERE model_id = ? AND length(vector) / 4 <> ? ORDER BY id"
    keys = [str(pk) for (pk,) in connection.execute(sql, (model_id, wanted))]
    clear = declared == wanted or found[wanted] >= _CLEAR * sum(found.values())
    return wanted, keys, clear


def _trashed(asked: Inquiry, keys: list[str], message: str, label: str) -> Finding:
    found = Finding("vector", "embeddings", len(keys), message, row=keys[0])
    if not asked.repair:
        return found
    asked.keep()
    move_to_trash(asked, [("embeddings", pk) for pk in keys], label)
    return found.mended()
