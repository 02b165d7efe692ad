import pytest
import torch
from seqrec_encoder_gru.layer import GruLayer


def test_it_is_the_gru_of_torch_of_the_same_weights():
    torch.manual_seed(0)
    layer, theirs = GruLayer(3, 5), torch.nn.GRU(3, 5, batch_first=True)
    theirs.load_state_dict({f"{name}_l0": weight for name, weight in layer.named_parameters()})
    inputs = torch.randn(2, 7, 3)
    torch.testing.assert_close(layer(inputs), theirs(inputs)[0])


@pytest.mark.parametrize("training", [False, True])
def test_in_a_graph_it_computes_the_same_and_has_the_same_gradients(training):
    torch.manual_seed(0)
    layer, inputs = GruLayer(3, 5).train(training), torch.randn(2, 4, 3, requires_grad=True)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    results = []
    for module in (layer, compiled):
        states = module(inputs)
        gradients = torch.autograd.grad(states.square().sum(), [inputs, *layer.parameters()])
        results.append((states, *gradients))
    torch.testing.assert_close(*results)


def test_fresh_weights_lie_within_one_by_the_root_of_the_units():
    torch.manual_seed(0)
    layer = GruLayer(8, 16)
    before = layer.weight_hh.detach().clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.weight_hh)
    for weight in layer.parameters():
        assert 0.2 < weight.abs().max() <= 1 / 4


def test_it_works_in_lower_precision():
    layer = GruLayer(4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        states = layer(torch.randn(2, 3, 4))
        mixed = layer(torch.randn(2, 3, 4, dtype=torch.bfloat16))
    assert states.isfinite().all()
    assert mixed.isfinite().all()
