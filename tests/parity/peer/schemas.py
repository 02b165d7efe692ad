"""Schemas of the cases, as plain data and as the reference's objects."""

import torch
from replay.data import FeatureHint, FeatureSource, FeatureType
from replay.data.nn import TensorFeatureInfo, TensorFeatureSource, TensorSchema

ITEMS = 23
DIM = 8


def feature(name, kind, **more):
    return {"name": name, "feature_type": kind, "is_seq": True, "embedding_dim": DIM, **more}


ITEM = feature(
    "item_id", "categorical", feature_hint="item_id", cardinality=ITEMS, padding_value=ITEMS
)
GENRES = feature(
    "genres", "categorical_list", cardinality=6, padding_value=6, source="item_features"
)
PRICE = feature("price", "numerical", tensor_dim=1, padding_value=0, source="item_features")
VECTOR = feature("vector", "numerical_list", tensor_dim=3, padding_value=0, source="item_features")
READY = feature("ready", "numerical_list", tensor_dim=DIM, padding_value=0, source="item_features")
PLAIN, RICH = [ITEM], [ITEM, GENRES, PRICE, VECTOR, READY]


def info(description):
    given = dict(description)
    source = FeatureSource(given.pop("source", "interactions"))
    hint = given.pop("feature_hint", None)
    return TensorFeatureInfo(
        **{**given, "feature_type": FeatureType(given["feature_type"])},
        feature_hint=hint and FeatureHint(hint),
        feature_sources=[TensorFeatureSource(source, given["name"])],
    )


def schema(descriptions):
    return TensorSchema([info(each) for each in descriptions])


def padding_mask(users, length):
    """Left padding of every amount, from none to all but one."""
    real = torch.linspace(length, 1, users).round().long()
    return torch.arange(length) >= length - real[:, None]


def features(descriptions, mask):
    """Random values at real events, padding elsewhere."""
    made = {}
    for each in descriptions:
        kind, users, length = each["feature_type"], *mask.shape
        if kind == "categorical":
            values = torch.randint(each["cardinality"], (users, length))
        elif kind == "categorical_list":
            values = torch.randint(each["cardinality"] + 1, (users, length, 4))
        elif kind == "numerical":
            values = torch.randn(users, length)
        else:
            values = torch.randn(users, length, each["tensor_dim"])
        real = mask if values.dim() == 2 else mask[:, :, None]
        made[each["name"]] = torch.where(real, values, each["padding_value"]).to(values.dtype)
    return made
