"""The tracker lines for seqrec."""
