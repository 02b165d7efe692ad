"""Cross-entropy of the sum over several positives."""
