"""Cross-entropy whose targets have weights of their own, from the batch."""
