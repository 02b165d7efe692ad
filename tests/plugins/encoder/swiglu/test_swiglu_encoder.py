"""The item encoder made of two gated networks."""

import torch
from seqrec_encoder_swiglu.specs import SwiGLUEncoderSpec
from seqrec_encoder_swiglu.swiglu_encoder import SwiGLUEncoder


def swiglu(network, x):
    gate, up, out = network.gate_projection, network.up_projection, network.out_projection
    gated = x @ gate.weight.T + gate.bias
    hidden = gated / (1 + (-gated).exp()) * (x @ up.weight.T + up.bias)
    return hidden @ out.weight.T + out.bias


def rms_norm(x, norm):
    return x / (x.square().mean(-1, keepdim=True) + 2**-52).sqrt() * norm.weight


def test_the_encoder_is_two_networks_each_added_and_normalised():
    torch.manual_seed(0)
    encoder, x = SwiGLUEncoder(6, 10).double(), torch.randn(7, 6).double()
    for norm in (encoder.norm1, encoder.norm2):
        torch.nn.init.normal_(norm.weight)
    inner = rms_norm(swiglu(encoder.feed_forward1, x) + x, encoder.norm1)
    expected = rms_norm(swiglu(encoder.feed_forward2, inner) + inner, encoder.norm2)
    torch.testing.assert_close(encoder(x), expected)


def test_items_do_not_see_each_other_and_features_are_not_needed():
    torch.manual_seed(0)
    encoder, x = SwiGLUEncoder(6), torch.randn(5, 6)
    alone = torch.stack([encoder(item) for item in x])
    torch.testing.assert_close(encoder(input_embeddings=x, feature_tensors={}), alone)


def test_the_hidden_size_is_twice_the_embedding_unless_given():
    assert SwiGLUEncoder(6).feed_forward1.gate_projection.out_features == 12
    assert SwiGLUEncoder(6, 5).feed_forward2.gate_projection.out_features == 5


def test_it_serves_item_towers_only():
    assert SwiGLUEncoderSpec.serves == ("item",)


def test_it_compiles_and_exports():
    torch.manual_seed(0)
    encoder, x = SwiGLUEncoder(6).eval(), torch.randn(5, 6)
    compiled = torch.compile(encoder, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(x), encoder(x))
    torch.testing.assert_close(torch.export.export(encoder, (x,)).module()(x), encoder(x))


def test_resetting_draws_new_weights():
    torch.manual_seed(0)
    encoder = SwiGLUEncoder(6)
    before = {name: weight.clone() for name, weight in encoder.named_parameters()}
    encoder.reset_parameters()
    same = [name for name, weight in encoder.named_parameters() if weight.equal(before[name])]
    assert same == ["norm1.weight", "norm2.weight"]
