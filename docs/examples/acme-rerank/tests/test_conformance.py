"""What seqrec asks of postprocessors and models, and acme-rerank of rerankers."""

from seqrec_tool_conformance import conformance

TestFamiliar = conformance("reranker", "acme-rerank:familiar")
TestRerank = conformance("postprocessor", "acme-rerank:rerank")
TestBag = conformance("model", "acme-rerank:bag")
