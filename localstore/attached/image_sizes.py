"""How large an image is, told by its first bytes: PNG, GIF, JPEG, WebP."""

from __future__ import annotations

import struct


def image_size(head: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None for what is none of these, or when the bytes do not reach that far."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return _pair(struct.unpack(">II", head[16:24]))
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        return _pair(struct.unpack("<HH", head[6:10]))
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and len(head) >= 30:
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    return _jpeg(head) if head.startswith(b"\xff\xd8\xff") else None


def _pair(found: tuple[int, ...]) -> tuple[int, int]:
    return found[0], found[1]


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """Walk the segments to the one that starts the frame (ITU-T T.81 B.1.1.4: length, then what it holds)."""
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None
