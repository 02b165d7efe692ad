"""The gbce losses for seqrec."""
