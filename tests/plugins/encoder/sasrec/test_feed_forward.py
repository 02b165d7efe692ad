"""The point-wise network of SASRec."""

import pytest
import torch
from seqrec_encoder_sasrec.feed_forward import PointWiseFeedForward


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_feed_forward_is_two_linear_maps_and_the_input(activation):
    torch.manual_seed(0)
    network = PointWiseFeedForward(4, 0.0, activation)
    x = torch.randn(2, 3, 4)
    hidden = getattr(torch.nn.functional, activation)(network.linear1(x))
    torch.testing.assert_close(network(x), x + network.linear2(hidden))


def test_dropout_works_in_training_only():
    torch.manual_seed(0)
    network, x = PointWiseFeedForward(64, 0.5), torch.zeros(10, 64)
    torch.nn.init.ones_(network.linear2.bias)
    torch.nn.init.zeros_(network.linear2.weight)
    dropped = network.train()(x)
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert network.eval()(x).eq(1).all()


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="unknown activation 'tanh'; choose from"):
        PointWiseFeedForward(4, 0.0, "tanh")
