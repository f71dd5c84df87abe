"""Sentences that several screens say, each in one place."""

from __future__ import annotations

READ_ONLY = "The store is open for reading only: start without --read-only to write."
COUNTING = "Still counting the list, a moment: nothing was done."
TOO_SMALL = "Too small to show the store"
KEPT = "What you wrote is kept as a draft."
UNEXPECTED = "The UI met something it did not expect and ended; drafts are kept. --debug shows where."
