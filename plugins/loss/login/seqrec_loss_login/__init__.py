"""Cross-entropy with several positives, summed inside the logarithm: one of them is enough."""
