"""Weighted cross-entropy losses."""
