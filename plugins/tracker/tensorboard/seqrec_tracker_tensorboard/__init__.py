"""The curves of a run, and its recipe, for TensorBoard."""
