"""What seqrec asks of every loss."""

from seqrec_core.testing import conformance

TestGbce = conformance("loss", "seqrec-loss-gbce:gbce")
