"""Transforms along the sequence of a batch."""
