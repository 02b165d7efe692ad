"""Core of seqrec."""
