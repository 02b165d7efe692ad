"""Recommendations of a prediction run as tensors or as a pandas frame."""
