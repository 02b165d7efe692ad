"""What seqrec asks of every sampler."""

from seqrec_tool_conformance import conformance

TestTargets = conformance("sampler", "acme-targets:targets")
