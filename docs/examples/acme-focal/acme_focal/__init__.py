"""The loss focal for seqrec."""
