"""Finding: what a find line says, of items and of every other noun, and what it may be completed with."""
