"""The processes of one machine as an engine of seqrec."""
