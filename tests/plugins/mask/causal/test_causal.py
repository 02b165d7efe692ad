import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_mask_causal.causal import DefaultAttentionMask


@pytest.mark.parametrize("training", [True, False])
@settings(deadline=None)
@given(real=st.lists(st.integers(0, 5), min_size=1, max_size=4), heads=st.integers(1, 3))
def test_a_query_sees_itself_and_the_real_events_before_it(training, real, heads):
    length = 5
    padding_mask = torch.arange(length) >= length - torch.tensor(real)[:, None]
    before = padding_mask.clone()
    builder = DefaultAttentionMask("item_id", heads).train(training)
    mask = builder({"item_id": torch.zeros(len(real), length)}, padding_mask)
    assert mask.shape == (len(real) * heads, length, length)
    assert mask.dtype == torch.float32
    for row, user in enumerate(u for u in range(len(real)) for _ in range(heads)):
        for query in range(length):
            for key in range(length):
                sees = key == query or (key < query and bool(padding_mask[user, key]))
                assert mask[row, query, key].item() == (0.0 if sees else -torch.inf)
    assert torch.equal(padding_mask, before)


def test_broadcasting_gives_one_mask_for_all_heads():
    padding_mask = torch.tensor([[False, True, True], [True, True, True]])
    features = {"item_id": torch.zeros(2, 3)}
    shared = DefaultAttentionMask("item_id", 4, broadcast_heads=True)(features, padding_mask)
    per_head = DefaultAttentionMask("item_id", 4)(features, padding_mask)
    assert shared.shape == (2, 1, 3, 3)
    assert torch.equal(shared.expand(2, 4, 3, 3).reshape(8, 3, 3), per_head)


def test_it_compiles_and_exports():
    builder = DefaultAttentionMask("item_id", 2, broadcast_heads=True)
    padding_mask = torch.tensor([[False, True, True], [True, True, True]])
    arguments = ({"item_id": torch.zeros(2, 3)}, padding_mask)
    expected = builder(*arguments)
    compiled = torch.compile(builder, fullgraph=True, backend="aot_eager")
    assert torch.equal(compiled(*arguments), expected)
    assert torch.equal(torch.export.export(builder, arguments).module()(*arguments), expected)


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # of torch to itself
def test_it_exports_with_any_batch_and_length_and_writes_into_no_view():
    """`diagonal().zero_()` becomes `diagonal_scatter`, which few runtimes have."""
    builder = DefaultAttentionMask("item_id", 2, broadcast_heads=True)
    sizes = {0: torch.export.Dim("users"), 1: torch.export.Dim("length")}
    program = torch.export.export(
        builder,
        ({"item_id": torch.zeros(2, 3)}, torch.tensor([[False, True, True], [True, True, True]])),
        dynamic_shapes=({"item_id": sizes}, sizes),
    )
    other = ({"item_id": torch.zeros(3, 5)}, torch.arange(15).view(3, 5) % 4 > 1)
    assert torch.equal(program.module()(*other), builder(*other))
    names = [str(node.target) for node in program.run_decompositions().graph.nodes]
    assert not [name for name in names if "diagonal" in name or "_scatter" in name]
