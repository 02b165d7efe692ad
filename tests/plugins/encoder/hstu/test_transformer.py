"""Stacks of HSTU blocks, and what their sums are divided by."""

import pytest
import torch
from seqrec_encoder_hstu.specs import HSTUEncoderSpec
from seqrec_encoder_hstu.transformer import HSTUEncoder


@pytest.mark.parametrize("divisor", ["max_sequence_length", "visible_events"])
def test_a_batch_cut_to_its_longest_sequence_gives_the_same(batch, divisor):
    torch.manual_seed(0)
    encoder = HSTUEncoder(batch.dim, 2, 2, 20, 0.3, divisor=divisor).double().eval()
    for weight in encoder.parameters():
        torch.nn.init.normal_(weight)
    long, short = batch.inputs([3, 1], 20), batch.inputs([3, 1], 3)
    x = long["input_embeddings"] = long["input_embeddings"].double()
    short["input_embeddings"] = x[:, -3:]
    torch.testing.assert_close(encoder(**long)[:, -3:], encoder(**short))


def test_a_constant_divisor_tells_how_much_was_seen_and_a_count_does_not(batch):
    """Of equal events, twice as many weigh twice as much, unless the count is divided by."""
    arguments = batch.inputs([5], 5)
    arguments["input_embeddings"] = torch.arange(8.0).expand(1, 5, 8) / 8
    for divisor, is_same in (("max_sequence_length", False), ("visible_events", True)):
        torch.manual_seed(0)
        states = HSTUEncoder(8, 2, 1, 100, 0.0, divisor=divisor)(**arguments)[0]
        assert torch.allclose(states[0], states[-1], rtol=1e-4) == is_same


def test_sizes_of_heads_may_be_given():
    encoder = HSTUEncoder(9, 2, 1, 5, 0.0, attention_dim=3, value_dim=4)
    assert encoder.blocks[0].in_projection.weight.shape == (2 * (2 * 3 + 2 * 4), 9)
    assert HSTUEncoder(8, 2, 1, 5, 0.0).blocks[0].out_projection.in_features == 8


def test_heads_must_divide_the_embedding_where_they_are_cut_from_it():
    with pytest.raises(ValueError, match="num_heads 3 does not divide embedding_dim 8"):
        HSTUEncoder(8, 3, 1, 5, 0.0, attention_dim=2)
    sizes = {"embedding_dim": 8, "num_heads": 3, "num_blocks": 1, "dropout": 0.0}
    spec = HSTUEncoderSpec(**sizes, max_sequence_length=5)
    assert [field for field, _ in spec.check()] == ["num_heads"]
    spec = HSTUEncoderSpec(**sizes, max_sequence_length=5, attention_dim=2, value_dim=2)
    assert list(spec.check()) == []


@pytest.mark.parametrize("training", [True, False])
def test_it_works_in_half_precision(batch, training):
    arguments = batch.inputs([5, 2, 0], 5)
    for positions in ([], batch.positions()):
        encoder = HSTUEncoder(batch.dim, 2, 2, 200, 0.3, positions=positions).train(training)
        with torch.autocast("cpu", torch.bfloat16):
            assert encoder(**arguments).isfinite().all()
        for dtype in (torch.float16, torch.bfloat16):
            half = {**arguments, "input_embeddings": arguments["input_embeddings"].to(dtype)}
            output = encoder.to(dtype)(**half)
            output.sum().backward()
            assert output.isfinite().all()
            assert all(weight.grad.isfinite().all() for weight in encoder.parameters())
            encoder.zero_grad()
