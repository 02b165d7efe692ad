"""What seqrec asks of every loss."""

from seqrec_tool_conformance import conformance

TestFocal = conformance("loss", "acme-focal:focal")
