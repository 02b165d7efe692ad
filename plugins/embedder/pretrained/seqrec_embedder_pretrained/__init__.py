"""Item embeddings from pretrained vectors."""
