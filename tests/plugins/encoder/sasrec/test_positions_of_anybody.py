"""Positions within the encoder of SASRec, a stranger's among them, from JSON to a bundle."""

import json

import pytest
import torch
from acme_decay import DecaySpec
from acme_decay_bias import Decay
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_position_relative.distance_bias import RelativePosition
from seqrec_position_relative.specs import RelativePositionSpec
from seqrec_position_relative.time_bias import RelativeTime
from seqrec_position_rotary.rotary import Rotary
from seqrec_position_rotary.specs import RotarySpec
from strangers import point

from seqrec_core import Bundle, Session, build, dump, load, registry, resolve
from seqrec_core.errors import SpecError
from seqrec_core.registry import Registry

POSITIONS = {
    "none": list,
    "rotary": lambda: [Rotary()],
    "relative_position": lambda: [RelativePosition(2, 5)],
    "relative_time": lambda: [RelativeTime(2)],
    "of a stranger": lambda: [Decay(2, 0.3)],
    "all": lambda: [Rotary(), RelativePosition(2, 5), RelativeTime(2), Decay(2, 0.3)],
}


def inputs(batch):
    arguments = batch.inputs([5, 2], 5)
    times = {"timestamp": torch.tensor([[1, 5, 90, 4000, 4001], [0, 0, 0, 7, 800]])}
    return {**arguments, "feature_tensors": {**arguments["feature_tensors"], **times}}


def layer_of(batch, positions, dropout=0.0):
    torch.manual_seed(0)
    return SasRecTransformerLayer(batch.dim, batch.heads, 2, dropout, "relu", positions).eval()


@pytest.mark.parametrize("name", POSITIONS)
def test_all_ways_to_its_states_agree(batch, name):
    layer, arguments = layer_of(batch, POSITIONS[name]()), inputs(batch)
    states = layer(**arguments)
    *_, last = layer.hidden_states(**arguments)
    assert torch.equal(last, states)
    torch.testing.assert_close(layer.forward_last(**arguments), states[:, -1])


@pytest.mark.parametrize("name", sorted({*POSITIONS} - {"none"}))
def test_they_change_states_and_learn_with_dropout_as_without(batch, name):
    arguments, plain = inputs(batch), layer_of(batch, [])
    layer = layer_of(batch, POSITIONS[name]())
    assert not torch.allclose(layer(**arguments), plain(**arguments), atol=1e-5)
    for dropout in (0.0, 0.2):
        trained = layer_of(batch, POSITIONS[name](), dropout).train()
        trained(**arguments).square().sum().backward()
        assert all(weight.grad.any() for weight in trained.positions.parameters())


def test_without_positions_weights_are_what_they_were(batch):
    names = layer_of(batch, []).state_dict().keys()
    assert not [name for name in names if "position" in name]
    assert layer_of(batch, [Decay(2, 0.3)]).state_dict().keys() - names == {"positions.0.rates"}


def test_a_bias_is_added_to_scores(batch):
    """So hiding distances by a position is hiding them by the mask."""
    arguments = inputs(batch)
    near = torch.ones(5, 5).tril(-2) * -1e9
    masked = {**arguments, "attention_mask": arguments["attention_mask"] + near}
    layer = layer_of(batch, [_Added(near[None, None])])
    torch.testing.assert_close(layer(**arguments), layer_of(batch, [])(**masked))


class _Added(torch.nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.bias = bias

    def forward(self, queries, keys, feature_tensors, padding_mask):
        return queries, keys, self.bias


@pytest.fixture
def session():
    decay = point("position", "decay", "acme_decay:DecaySpec", "acme-decay")
    return Session(Registry([*registry.points, decay]))


FEATURE = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 20}
SIZES = {"embedding_dim": 8, "num_heads": 2, "num_blocks": 1, "max_sequence_length": 6}


def recipe(*positions):
    model = {"type": "sasrec", **SIZES, "encoder": {"positions": positions}}
    return {"schema": {"features": [FEATURE]}, "model": model}


def test_specs_hold_a_list_of_anybodys(session):
    data = recipe(
        "rotary", {"type": "acme-decay:decay", "rate": 0.5}, {"type": "relative_position"}
    )
    resolved = resolve(load(data, session=session), session)
    assert resolved.model.encoder.positions == (
        RotarySpec(),
        DecaySpec(num_heads=2, rate=0.5),
        RelativePositionSpec(num_heads=2, max_sequence_length=6),
    )
    dumped = json.loads(json.dumps(dump(resolved, session)))
    assert load(dumped, session=session) == resolved
    encoder = build(resolved, session=session).body.encoder
    kinds = [type(position) for position in encoder.positions]
    assert kinds == [Rotary, Decay, RelativePosition]
    assert encoder.positions[1].rates.tolist() == [0.5, 0.5]


def test_a_wrong_one_is_a_fault_with_its_place(session):
    with pytest.raises(SpecError) as error:
        load(recipe({"type": "decayy"}, {"type": "decay", "rate": -1.0}), session=session)
    faults = {fault.path: fault.message for fault in error.value.faults}
    assert "did you mean 'decay'?" in faults["model.encoder.positions[0].type"]
    assert "at least 0" in faults["model.encoder.positions[1].rate"]


def test_a_bundle_locks_them_and_the_library_of_their_kind(session, tmp_path):
    spec = load(recipe({"type": "decay", "rate": 0.5}, "rotary"), session=session)
    model = build(spec, session=session)
    path = Bundle.write(tmp_path, model, spec, session=session).path
    lock = json.loads((path / "spec.lock.json").read_text())
    assert {"acme-decay:decay", "seqrec-position-rotary:rotary"} <= lock["components"].keys()
    names = {"acme-decay", "seqrec-position-rotary", "seqrec-library-positions"}
    assert names <= lock["distributions"].keys()
    served = Bundle.load(path, session=session).model
    assert torch.equal(served.body.encoder.positions[0].rates, torch.tensor([0.5, 0.5]))
