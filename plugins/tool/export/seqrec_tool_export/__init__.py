"""Graphs for other runtimes, and embeddings, of a bundle."""
