"""Default parts, found in the registry by the names of their plugins."""

import pytest
import torch
from seqrec_library_next_item.by_name import (
    default_head,
    default_parts,
    embedded_features,
    transforms_by_name,
)
from small_sasrec import SIZES, V, schema

from seqrec_core.errors import SpecError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo


def numbers(name, hint=None):
    return TensorFeatureInfo(name, FeatureType.NUMERICAL, is_seq=True, feature_hint=hint)


def test_the_default_head_is_a_dot_product():
    hidden, items = torch.randn(3, 4), torch.randn(5, 4)
    head = default_head()
    assert head.is_dot_product()
    torch.testing.assert_close(head(hidden, items), hidden @ items.T)


def parts(names=("embedder", "norm", "loss"), features=None, **sizes):
    features = schema() if features is None else features
    return default_parts(names, "seqrec-model-sasrec:sasrec", features, "sum", **{**SIZES, **sizes})


def test_parts_have_the_sizes_and_features_of_the_model():
    built = parts(features=schema(numbers("price")))
    assert built.keys() == {"embedder", "norm", "loss"}
    assert built["embedder"].embeddings_dim == dict.fromkeys(["item_id", "price"], 8)
    assert built["embedder"].get_item_weights().shape == (V, 8)
    assert built["norm"](torch.randn(2, 8)).shape == (2, 8)
    assert parts(["norm"]).keys() == {"norm"}


def test_weights_are_drawn_from_the_global_generator():
    tables = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        tables.append(parts(["embedder"])["embedder"].get_item_weights())
    assert torch.equal(tables[0], tables[1])
    assert not torch.equal(tables[0], tables[2])


def test_sizes_that_do_not_fit_are_a_fault_of_the_spec():
    with pytest.raises(SpecError, match=r"model\.num_heads: 3 does not divide embedding_dim 8"):
        parts(num_heads=3)


def test_query_id_timestamp_and_excluded_features_are_not_embedded():
    user = TensorFeatureInfo("user_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID)
    time = numbers("time", FeatureHint.TIMESTAMP)
    features = schema(user, time, numbers("price"), numbers("size"))
    assert list(embedded_features(features, None)) == ["item_id", "price", "size"]
    assert list(embedded_features(features, ["size"])) == ["item_id", "price"]
    with pytest.raises(ValueError, match=r"excluded_features has \['sise'\]; the schema has"):
        embedded_features(features, ["sise"])


def test_transforms_are_built_in_the_order_of_their_specs():
    rename = {"type": "seqrec-transform-columns:rename", "mapping": {"a": "b"}}
    again = {"type": "rename", "mapping": {"b": "c"}}
    transforms = transforms_by_name(schema(), {"train": [rename, again], "predict": []})
    assert transforms.keys() == {"train", "predict"}
    assert transforms["predict"] == []
    batch = {"a": torch.ones(1)}
    for transform in transforms["train"]:
        batch = transform(batch)
    assert batch.keys() == {"c"}
    with pytest.raises(SpecError, match=r"transforms\.train\[1\].*renam"):
        transforms_by_name(schema(), {"train": [rename, {**again, "type": "renam"}]})
