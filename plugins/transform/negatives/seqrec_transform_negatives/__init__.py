"""Transforms that draw negative items."""
