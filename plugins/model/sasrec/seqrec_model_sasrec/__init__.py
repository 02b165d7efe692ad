"""SasRec: a causal transformer over the user's events, scored against the item embeddings."""
