"""The gru encoders for seqrec."""
