"""Sync told, and conflicts beside each other."""
