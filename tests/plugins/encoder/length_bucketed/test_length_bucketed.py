"""The encoder that takes sequences of similar length together: the same states, less padding."""

import copy

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_encoder_length_bucketed.length_bucketed import LengthBucketedQueryEncoder
from seqrec_encoder_length_bucketed.specs import LengthBucketedQueryEncoderSpec
from torch import nn

from seqrec_core.spec import EncoderSpec, spec

LENGTH = 7


class Seen(nn.Module):
    """Remembers the shape of what it gets; its states are prefix sums of events and a feature."""

    def __init__(self):
        super().__init__()
        self.shapes = []
        self.scale = nn.Parameter(torch.ones(()))

    def reset_parameters(self):
        nn.init.constant_(self.scale, 3.0)

    def forward(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        self.shapes.append(tuple(input_embeddings.shape[:2]))
        length = padding_mask.size(1)
        assert attention_mask.shape[-2:] == (length, length)
        events = input_embeddings * padding_mask[..., None]
        times = feature_tensors["time"] * padding_mask
        ages = feature_tensors["age"][:, None, None] + feature_tensors["table"].sum()
        return self.scale * events.cumsum(1) + times.cumsum(1)[..., None] + ages


def features(inputs):
    """Of events (B, L), of users (B,), and neither."""
    users, length = inputs["padding_mask"].shape
    times = torch.arange(users * length).view(users, length) % 13
    return {"time": times, "age": torch.arange(users) * 10.0, "table": torch.ones(3)}


def front_and_real(padding_mask, shift):
    """Real positions, those between them, and `shift` before the first."""
    later = padding_mask.int().cumsum(1) > 0
    for _ in range(shift):
        later = later | later.roll(-1, 1).index_fill(1, torch.tensor(LENGTH - 1), False)
    return later


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    real=st.lists(st.integers(0, LENGTH), min_size=1, max_size=9),
    size=st.integers(1, 10),
    shift=st.integers(0, 2),
    broadcast=st.booleans(),
)
def test_states_are_those_of_the_encoder(make_encoder, batch, real, size, shift, broadcast):
    encoder = make_encoder(dropout=0.0)
    arguments = batch.inputs(real, LENGTH, broadcast=broadcast)
    wrapped = LengthBucketedQueryEncoder(encoder, size, shift).train()
    states, expected = wrapped(**arguments), encoder(**arguments)
    here = front_and_real(arguments["padding_mask"], shift)
    torch.testing.assert_close(states[here], expected[here])


def test_gradients_are_those_of_the_encoder(make_encoder, batch):
    encoder = make_encoder(dropout=0.0)
    arguments = batch.inputs([1, 6, 0, 3, 7, 2], LENGTH)
    embeddings = arguments["input_embeddings"].requires_grad_()
    here = front_and_real(arguments["padding_mask"], 1)
    leaves = (embeddings, *encoder.parameters())
    gradients = [
        torch.autograd.grad(module(**arguments)[here].square().sum(), leaves)
        for module in (encoder, LengthBucketedQueryEncoder(encoder, 2).train())
    ]
    for plain, bucketed in zip(*gradients, strict=True):
        torch.testing.assert_close(bucketed, plain, rtol=1e-4, atol=1e-5)


def test_buckets_hold_users_of_similar_length_and_little_padding(batch):
    inner, arguments = Seen(), batch.inputs([1, 6, 0, 3, 2], LENGTH)
    arguments["feature_tensors"] = features(arguments)
    wrapped = LengthBucketedQueryEncoder(inner, 2).train()
    states = wrapped(**arguments)
    assert inner.shapes == [(2, 2), (2, 4), (1, 7)]
    here = front_and_real(arguments["padding_mask"], 1)
    torch.testing.assert_close(states[here], inner(**arguments)[here])
    assert not states[2, :-2].any()
    assert wrapped.eval()(**arguments)[2].all()


def test_padding_between_events_is_kept(batch):
    inner, arguments = Seen(), batch.inputs([4, 1], LENGTH)
    arguments["feature_tensors"] = features(arguments)
    arguments["padding_mask"][0, -3:-1] = False
    LengthBucketedQueryEncoder(inner, 1).train()(**arguments)
    assert inner.shapes == [(1, 2), (1, 5)]


def test_what_an_encoder_offers_stays(make_encoder, batch):
    encoder, arguments = make_encoder().eval(), batch.inputs([5, 2, 0], 5)
    wrapped = LengthBucketedQueryEncoder(encoder, 2).eval()
    assert torch.equal(wrapped(**arguments), encoder(**arguments))
    assert torch.equal(wrapped.forward_last(**arguments), encoder.forward_last(**arguments))
    states = wrapped.hidden_states(**arguments)
    assert torch.equal(states[-1], encoder(**arguments))
    assert wrapped.train().hidden_states(**arguments) is None
    plain = LengthBucketedQueryEncoder(Seen(), 2)
    assert plain.forward_last(**arguments) is plain.eval().hidden_states(**arguments) is None
    plain.reset_parameters()
    assert plain.encoder.scale == 3


def test_inputs_are_not_changed(make_encoder, batch):
    arguments = batch.inputs([4, 0], 5)
    before = copy.deepcopy(arguments)
    LengthBucketedQueryEncoder(make_encoder(), 1).train()(**arguments)
    assert torch.equal(before["input_embeddings"], arguments["input_embeddings"])
    assert torch.equal(before["attention_mask"], arguments["attention_mask"])


def test_no_users_give_no_hidden_states(make_encoder, batch):
    wrapped = LengthBucketedQueryEncoder(make_encoder(), 2).train()
    assert wrapped(**batch.inputs((), 5)).shape == (0, 5, batch.dim)


@pytest.mark.parametrize("shape", [(5, 5), (3, 5, 5), (3, 1, 5, 5), (2, 1, 5, 4)])
def test_a_mask_of_another_shape_is_refused(make_encoder, batch, shape):
    arguments = {**batch.inputs([4, 1], 5), "attention_mask": torch.zeros(shape)}
    with pytest.raises(ValueError, match="does not fit 2 users and 5 positions"):
        LengthBucketedQueryEncoder(make_encoder(), 2).train()(**arguments)


def test_settings_and_encoders_that_cannot_be_are_refused(batch):
    class Shorter(nn.Module):
        def forward(self, input_embeddings, **others):
            return input_embeddings[:, 1:]

    with pytest.raises(ValueError, match="bucket_size is 0"):
        LengthBucketedQueryEncoder(Seen(), 0)
    with pytest.raises(ValueError, match="sequence_shift is -1"):
        LengthBucketedQueryEncoder(Seen(), 1, -1)
    with pytest.raises(ValueError, match="a bucket must keep its shape"):
        LengthBucketedQueryEncoder(Shorter(), 2).train()(**batch.inputs([4, 1], 5))


@spec
class Sees(EncoderSpec):
    """An encoder that is not causal."""

    target = "nowhere:Nothing"

    def is_causal(self):
        return False


def test_it_is_causal_exactly_where_the_encoder_is():
    assert not LengthBucketedQueryEncoderSpec(encoder=Sees()).is_causal()
