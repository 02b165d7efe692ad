"""What seqrec asks of every encoder."""

from seqrec_tool_conformance import conformance

REFUSED = "TorchDynamo compiles no torch.nn.LSTM"

TestLstm = conformance(
    "encoder",
    "acme-lstm:lstm",
    exceptions={"test_torch_compile": REFUSED, "test_torch_compile_in_training": REFUSED},
)
