"""Generalised binary cross-entropy: a sample of negatives that does not make scores too sure."""
