"""Every feature starts no larger than the item, whatever it is and however many there are."""

import math

import pytest
import torch
from seqrec_embedder_sequence.sequence import SequenceEmbedding
from seqrec_embedder_sequence.starting_sizes import balanced, table_std

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

D = 64
SIDE = {
    "brand": {"feature_type": FeatureType.CATEGORICAL, "cardinality": 8},
    "tags": {"feature_type": FeatureType.CATEGORICAL_LIST, "cardinality": 5, "tensor_dim": 4},
    "price": {"feature_type": FeatureType.NUMERICAL},
    "image": {"feature_type": FeatureType.NUMERICAL_LIST, "tensor_dim": 16},
    "ready": {"feature_type": FeatureType.NUMERICAL_LIST, "tensor_dim": D},
    "wide": {"feature_type": FeatureType.CATEGORICAL, "cardinality": 3, "embedding_dim": 2 * D},
}


def schema_of(*names, items=400):
    side = (
        TensorFeatureInfo(name, is_seq=True, **{"embedding_dim": D, **SIDE[name]}) for name in names
    )
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=items,
        embedding_dim=D,
    )
    return TensorSchema([item, *side])


def values_of(name, draw):
    """Standard normal numbers; of lists one id again and again, the largest sum there is."""
    feature = SIDE[name]
    if "cardinality" not in feature:
        shape = (500, 1, feature["tensor_dim"]) if "tensor_dim" in feature else (500, 1)
        return torch.randn(shape, generator=draw)
    ids = torch.randint(feature["cardinality"], (500, 1), generator=draw)
    return ids[..., None].expand(-1, -1, feature["tensor_dim"]) if "tensor_dim" in feature else ids


def size(embeddings):
    """Root mean square norm of embeddings (M, 1, D)."""
    return embeddings.square().sum(-1).mean().sqrt().item()


@pytest.mark.parametrize("method", ["sum", "mean", "max"])
@pytest.mark.parametrize("items", [400, 100_000])
@pytest.mark.parametrize("names", [*[(name,) for name in SIDE], tuple(SIDE)])
def test_all_features_together_start_no_larger_than_the_item(names, items, method):
    torch.manual_seed(0)
    embedder = SequenceEmbedding(
        schema_of(*names, items=items), categorical_list_feature_aggregation_method=method
    )
    draw = torch.Generator().manual_seed(1)
    batch = {name: values_of(name, draw) for name in names}
    batch["item_id"] = torch.arange(400)[:, None]
    sizes = {name: size(embeddings) for name, embeddings in embedder(batch).items()}
    item = sizes.pop("item_id")
    assert math.hypot(*sizes.values()) < 1.2 * item  # tables of 3 rows vary by themselves
    assert min(sizes.values()) > 0


def test_the_item_alone_has_the_weights_of_ever():
    torch.manual_seed(3)
    drawn = SequenceEmbedding(schema_of()).state_dict()
    torch.manual_seed(3)
    reference = SequenceEmbedding(schema_of(), init="reference").state_dict()
    torch.testing.assert_close(drawn, reference, rtol=0, atol=0)
    torch.manual_seed(3)
    table = torch.empty(401, D).normal_(std=math.sqrt(2 / (401 + D)))
    assert torch.equal(drawn["feature_embedders.item_id.emb.weight"][:-1], table[:-1])


def test_the_reference_draws_as_it_did_and_knows_numbers_that_are_their_own_embedding():
    torch.manual_seed(0)
    embedder = SequenceEmbedding(schema_of("price", "ready"), init="reference")
    embedders = embedder.feature_embedders
    assert embedders["ready"].linear is None
    assert embedders["price"].weight.std().item() == pytest.approx((2 / (1 + D)) ** 0.5, rel=0.2)
    assert SequenceEmbedding(schema_of("ready")).feature_embedders["ready"].linear is not None
    with pytest.raises(ValueError, match="unknown init 'small'; choose 'balanced' or 'reference'"):
        SequenceEmbedding(schema_of(), init="small")


def test_a_large_table_of_a_side_feature_is_not_made_larger_for_the_item():
    features = schema_of("brand", items=5).all_features
    assert table_std(6, D) > table_std(9, D)
    assert balanced(features, "sum") == {"item_id": None, "brand": table_std(9, D)}
