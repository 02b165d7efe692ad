"""The reranker pinned for seqrec."""
