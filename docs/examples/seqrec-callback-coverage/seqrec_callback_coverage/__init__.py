"""The coverage callbacks for seqrec."""
