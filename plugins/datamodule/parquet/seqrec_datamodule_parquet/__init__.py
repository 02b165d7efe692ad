"""Streams of batches from Parquet files."""
