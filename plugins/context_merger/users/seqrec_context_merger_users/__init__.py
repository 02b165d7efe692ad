"""Features of users, mixed into hidden states."""
