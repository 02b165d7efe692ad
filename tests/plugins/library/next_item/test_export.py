"""Models leave as graphs that take any batch and length, whatever encoder they have."""

import pytest
import torch
from seqrec_tool_recommend.event_histories import History
from seqrec_tool_recommend.history_batches import HistoryBatches
from untrained_bundle import SMALL, written

from seqrec_core import registry
from seqrec_core.bundle import Bundle

LENGTH = SMALL["max_sequence_length"]
WRITE_INTO_VIEWS = "_scatter."  # what is left of writing into a view, and few runtimes have
ENCODERS = [
    component.name
    for component in registry
    if component.kind == "encoder" and "query" in component.spec.serves
]


UNROLLED = ("gru",)  # torch writes a loop out: the length of a graph is fixed


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # of torch to itself
@pytest.mark.parametrize("encoder", [name for name in ENCODERS if name not in UNROLLED])
@pytest.mark.parametrize("model", ["sasrec", "two_tower"])
def test_a_model_exports_with_any_batch_and_length(tmp_path, model, encoder):
    where = "query_encoder" if model == "two_tower" else "encoder"
    serving = Bundle.load(written(tmp_path, model, **{where: {"type": encoder}})).serving()

    def batch(histories, length):
        events = [History(items) for items in histories]
        columns = HistoryBatches(serving.schema, serving.items, length).batch(events)
        for transform in serving.transforms:
            columns = transform(columns)
        return columns["feature_tensors"], columns["padding_mask"]

    users, length = torch.export.Dim("users"), torch.export.Dim("length", max=LENGTH)
    example = batch([[1, 2, 3], [5], []], 3)
    shape = {0: users, 1: length}
    shapes = (dict.fromkeys(example[0], shape), shape)
    program = torch.export.export(serving.model, example, dynamic_shapes=shapes)
    for other in (batch([[8, 9]], 2), batch([[4], [7, 8, 9, 10], [], [3, 1], [6]], LENGTH)):
        expected = serving.model(*other)["logits"]
        torch.testing.assert_close(program.module()(*other)["logits"], expected)
    names = [str(node.target) for node in program.run_decompositions().graph.nodes]
    assert not any(WRITE_INTO_VIEWS in name for name in names)
