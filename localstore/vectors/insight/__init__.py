"""Insight: what a model's vectors are like. Figures, maps, near duplicates, how true approximate lookups are."""
