"""Indices of items, by faiss, and the folders they stand in."""
