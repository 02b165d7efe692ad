"""Position embeddings on top of any aggregator."""
