"""A listener for each event of seqrec, and a command."""
