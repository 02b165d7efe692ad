"""What seqrec asks of every loss."""

from seqrec_tool_conformance import conformance

TestGbce = conformance("loss", "seqrec-loss-gbce:gbce")
