"""Cross-entropy of each of several positives."""
