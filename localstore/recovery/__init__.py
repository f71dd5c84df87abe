"""Rescue: a backup put back in the place of a store, and what can still be read of a damaged file."""
