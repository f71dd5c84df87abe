"""Vectors drawn and told."""
