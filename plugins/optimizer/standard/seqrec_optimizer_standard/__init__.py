"""Optimisers: Adam, which takes row-sparse gradients too, and SGD."""
