"""The encoder lstm for seqrec."""
