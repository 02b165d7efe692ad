"""What seqrec asks of every reranker."""

from seqrec_tool_conformance import conformance

TestPinned = conformance("reranker", "acme-pinned:pinned")
