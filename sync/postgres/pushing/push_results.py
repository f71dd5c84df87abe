"""What became of a batch, as the text that the server keeps with the batch's number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sync.shapes import Conflict, Image, Key, Kind, PushResult


def encode_result(result: PushResult) -> str:
    """Return a result as JSON; bytes of vectors in hex, marked; ASCII, so that any text can be stored."""
    document = {
        "rows": [[*key, _packed(image)] for key, image in result.rows.items()],
        "busy": result.busy,
        "refused": [[*key, reason] for key, reason in result.refused.items()],
        "moved": [[*key, pk] for key, pk in result.moved.items()],
        "conflicts": [
            [*each.key, each.kind, _packed(each.base), _packed(each.ours), _packed(each.theirs), each.reason]
            for each in result.conflicts
        ],
    }
    return json.dumps(document, separators=(",", ":"))


def decode_result(text: str) -> PushResult:
    """Return the result of a text that ``encode_result`` made."""
    found = json.loads(text)
    return PushResult(
        {Key(tbl, pk): _unpacked(image) for tbl, pk, image in found["rows"]},
        [Key(*each) for each in found["busy"]],
        {Key(tbl, pk): reason for tbl, pk, reason in found["refused"]},
        [
            Conflict(Key(tbl, pk), Kind(kind), _unpacked(base), _unpacked(ours), _unpacked(theirs), reason)
            for tbl, pk, kind, base, ours, theirs, reason in found["conflicts"]
        ],
        {Key(tbl, pk): other for tbl, pk, other in found["moved"]},
    )


def _packed(image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {name: {"hex": value.hex()} if isinstance(value, bytes) else value for name, value in image.items()}


def _unpacked(document: dict[str, Any] | None) -> Image | None:
    if document is None:
        return None
    return {name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for name, value in document.items()}
