"""One listener for each hook of seqrec."""
