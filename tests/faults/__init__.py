"""Faults: the store is killed, loses its power, is refused by its disk, and judged; see docs/reliability.md."""
