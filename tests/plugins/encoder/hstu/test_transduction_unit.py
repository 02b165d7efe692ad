"""A block of HSTU against the formula of its paper."""

import pytest
import torch
from seqrec_encoder_hstu.transduction_unit import SequentialTransductionUnit


def silu(x):
    return x / (1 + (-x).exp())


def layer_norm(x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt()


def one_user(unit, x, visible, bias):
    """The formula for one user, a head and a position at a time."""
    value_size, attention_size = (size // unit.num_heads for size in unit.sizes)
    rows = unit.in_projection.weight.split([*unit.sizes, *unit.sizes[::-1]])
    gates, queries, keys, values = (silu(layer_norm(x) @ weight.T) for weight in rows)
    attended = torch.zeros_like(values)
    for head in range(unit.num_heads):
        own = slice(head * attention_size, (head + 1) * attention_size)
        its = slice(head * value_size, (head + 1) * value_size)
        for position in range(len(x)):
            seen = visible[position]
            count = seen.sum() if unit.divisor == "visible_events" else unit.max_sequence_length
            scores = keys[seen][:, own] @ queries[position, own] + bias[head, position, seen]
            attended[position, its] = silu(scores) / count @ values[seen][:, its]
    out = unit.out_projection
    return x + (layer_norm(attended) * gates) @ out.weight.T + out.bias


@pytest.mark.parametrize("divisor", ["max_sequence_length", "visible_events"])
@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("last_only", [True, False])
def test_a_block_computes_the_formula_of_the_paper(batch, divisor, biased, last_only):
    torch.manual_seed(0)
    unit = SequentialTransductionUnit(batch.dim, 2, 3, 5, 0.4, 9, divisor).double().eval()
    for weight in unit.parameters():
        torch.nn.init.normal_(weight)
    arguments = batch.inputs([5, 2], 5)
    x, mask = arguments["input_embeddings"].double(), arguments["attention_mask"]
    bias = torch.randn(2, 5, 5).double() if biased else torch.zeros(2, 5, 5).double()
    place = (lambda queries, keys: (queries, keys, bias[None])) if biased else None
    output = unit(x, mask, place, last_only)
    for user in range(2):
        expected = one_user(unit, x[user], mask[user, 0] == 0, bias)
        torch.testing.assert_close(output[user], expected[-1 if last_only else 0 :])


def test_dropout_falls_on_what_the_output_projection_takes(batch):
    torch.manual_seed(0)
    unit = SequentialTransductionUnit(batch.dim, 2, 4, 4, 0.5, 5, "visible_events").train()
    arguments = batch.inputs([5, 5], 5)
    x, mask = arguments["input_embeddings"], arguments["attention_mask"]
    assert not torch.equal(unit(x, mask), unit(x, mask))
    torch.nn.init.zeros_(unit.out_projection.weight)
    assert torch.equal(unit(x, mask), x)


def test_first_weights_are_those_of_the_authors():
    torch.manual_seed(0)
    unit = SequentialTransductionUnit(64, 2, 32, 32, 0.0, 50, "max_sequence_length")
    assert unit.in_projection.weight.std().item() == pytest.approx(0.02, rel=0.05)
    bound = (6 / 128) ** 0.5
    assert unit.out_projection.weight.abs().max().item() == pytest.approx(bound, rel=0.05)
    assert not unit.out_projection.bias.any()
