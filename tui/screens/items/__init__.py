"""The list of items, what is done to them, and finding them."""
