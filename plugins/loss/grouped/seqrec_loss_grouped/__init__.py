"""Sampled losses over groups of a batch, each with negatives of its own."""
