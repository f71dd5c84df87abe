"""What waits for a person: shown, chosen, brought back."""
