"""Transforms that move the columns of a batch."""
