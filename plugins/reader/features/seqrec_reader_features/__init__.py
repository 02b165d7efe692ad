"""Reads the features of all items from a parquet file."""
