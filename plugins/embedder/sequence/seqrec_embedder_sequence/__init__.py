"""Embeddings of the features of an event."""
