"""The prepared server, for histories."""

from __future__ import annotations

from tests.sync.trio import prepared

__all__ = ["prepared"]
