"""What seqrec asks of every callback."""

import os

from seqrec_tool_conformance import conformance

TestCoverageCsv = conformance(
    "callback", "seqrec-callback-coverage:coverage_csv", settings={"path": os.devnull}
)
