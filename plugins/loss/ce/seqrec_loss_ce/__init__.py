"""Cross-entropy of the next item, over the whole catalogue or against drawn negatives."""
