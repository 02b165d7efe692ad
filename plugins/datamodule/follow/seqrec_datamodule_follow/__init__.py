"""Streams of Parquet files that never end."""
