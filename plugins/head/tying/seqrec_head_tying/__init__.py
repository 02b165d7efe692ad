"""The head that scores items by their embeddings."""
