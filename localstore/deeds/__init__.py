"""Deeds: what a person does is one action, however many rows it takes; what goes is kept, and comes back."""
