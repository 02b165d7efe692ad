"""What seqrec asks of every tracker."""

from seqrec_tool_conformance import conformance

TestLines = conformance("tracker", "acme-lines:lines")
