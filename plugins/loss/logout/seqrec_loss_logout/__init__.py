"""Cross-entropy with several positives, each of which should be likely."""
