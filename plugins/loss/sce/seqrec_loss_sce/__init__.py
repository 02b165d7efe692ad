"""Scalable cross-entropy: each position against the items that are hard for it."""
