"""Sum and concatenation of feature embeddings."""
