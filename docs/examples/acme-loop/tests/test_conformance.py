"""What seqrec asks of every trainer."""

from seqrec_tool_conformance import conformance

TestLoop = conformance("trainer", "acme-loop:loop")
