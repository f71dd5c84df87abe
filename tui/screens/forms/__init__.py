"""What all forms share: drafts, checks while one types, two who wrote at once."""
