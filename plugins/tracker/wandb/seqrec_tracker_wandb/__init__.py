"""The settings, metrics and files of a run in Weights & Biases."""
