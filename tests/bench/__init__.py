"""Benchmarks: each claim beside its peer in one run, medians and ratios, never absolute times in tests."""
