"""Position embeddings, added where the last event, or the first, has a fixed position."""

import pytest
import torch
from seqrec_aggregator_position.position import PositionAwareAggregator
from seqrec_aggregator_standard.concat import ConcatAggregator
from seqrec_aggregator_standard.summed import SumAggregator
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_mask_causal.causal import DefaultAttentionMask
from torch import nn

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

LONGEST, D = 6, 4


def make(alignment="right", dropout=0.0):
    torch.manual_seed(0)
    return PositionAwareAggregator(SumAggregator(D), LONGEST, dropout, alignment)


@pytest.mark.parametrize(("alignment", "rows"), [("right", slice(2, 6)), ("left", slice(0, 4))])
def test_positions_are_added_to_scaled_embeddings(alignment, rows):
    aggregator = make(alignment).double()
    events = torch.randn(3, 4, D).double()
    before = events.clone()
    expected = events * D**0.5 + aggregator.position_embeddings[rows]
    torch.testing.assert_close(aggregator({"item_id": events}), expected)
    assert torch.equal(events, before)


def test_both_alignments_agree_at_the_full_length():
    events = {"item_id": torch.randn(3, LONGEST, D)}
    torch.testing.assert_close(make("right")(events), make("left")(events))


def test_dropout_works_in_training_only():
    aggregator = make(dropout=0.5)
    events = {"item_id": torch.ones(3, LONGEST, D)}
    assert (aggregator.train()(events) == 0).any()
    assert not (aggregator.eval()(events) == 0).any()


def test_too_long_sequences_and_unknown_alignments_are_refused():
    with pytest.raises(ValueError, match="sequences of 7 events are longer than max_sequence_leng"):
        make()({"item_id": torch.randn(3, LONGEST + 1, D)})
    with pytest.raises(ValueError, match="unknown alignment 'centre'; choose 'right' or 'left'"):
        make("centre")


def test_resetting_draws_new_positions():
    aggregator = make()
    before = aggregator.position_embeddings.clone()
    aggregator.reset_parameters()
    assert not torch.equal(aggregator.position_embeddings, before)
    assert aggregator.embedding_dim == D


def test_it_compiles_and_exports():
    aggregator, events = make().eval(), {"item_id": torch.randn(3, 4, D)}
    expected = aggregator(events)
    compiled = torch.compile(aggregator, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(events), expected)
    torch.testing.assert_close(
        torch.export.export(aggregator, (events,)).module()(events), expected
    )


@pytest.mark.parametrize(("alignment", "equal"), [("right", True), ("left", False)])
def test_trimming_padding_keeps_hidden_states_only_when_aligned_right(alignment, equal):
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        True,
        FeatureHint.ITEM_ID,
        cardinality=9,
        embedding_dim=D,
    )
    aggregator = make(alignment)
    embedder, mask = SequenceEmbedding(TensorSchema([item])), DefaultAttentionMask("item_id", 2)
    encoder = SasRecTransformerLayer(D, 2, 2, 0.0).eval()
    items = torch.tensor([[9, 9, 9, 3, 1, 2], [9, 9, 9, 9, 9, 5]])

    def hidden(items):
        features, real = {"item_id": items}, items != 9
        return encoder(features, aggregator(embedder(features)), real, mask(features, real))

    difference = (hidden(items)[:, 2:] - hidden(items[:, 2:])).abs().max()
    assert (difference < 1e-5) == equal


class Wrapped(nn.Module):
    """An aggregator that cannot draw its weights anew."""

    embedding_dim = D

    def forward(self, feature_tensors):
        return feature_tensors["item_id"]


def test_resetting_reaches_the_aggregator_inside_where_it_can():
    inside = ConcatAggregator([D, D], D)
    before = inside.projection.weight.clone()
    for part in (inside, torch.compile(inside, backend="eager")):
        aggregator = PositionAwareAggregator(part, 3, 0.0)
        aggregator.reset_parameters()
        assert not torch.equal(inside.projection.weight, before)
        before = inside.projection.weight.clone()
    PositionAwareAggregator(Wrapped(), 3, 0.0).reset_parameters()
