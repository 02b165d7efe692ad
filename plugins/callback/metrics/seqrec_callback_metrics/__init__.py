"""Ranking metrics of validation and test, computed while batches pass."""
