"""Recommendations of a prediction run as a polars frame."""
