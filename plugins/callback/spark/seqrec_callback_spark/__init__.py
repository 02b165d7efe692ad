"""Recommendations of a prediction run as a Spark frame."""
