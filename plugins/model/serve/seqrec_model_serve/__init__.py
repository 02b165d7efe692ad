"""Recommendations for any history."""
