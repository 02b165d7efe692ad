"""Learned biases of attention for distances, of places and of times."""
