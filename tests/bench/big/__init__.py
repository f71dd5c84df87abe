"""A store of about 6 GB: a million items, two million texts, a million vectors; every command and screen used on it."""
