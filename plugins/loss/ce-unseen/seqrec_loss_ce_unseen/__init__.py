"""Cross-entropy against the items a user has not seen."""
