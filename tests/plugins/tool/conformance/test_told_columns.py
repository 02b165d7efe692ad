"""What `recommend` is told of events and users."""

import json

from seqrec_tool_conformance.journey import HISTORY
from seqrec_tool_conformance.told_columns import history_of

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
)


def column(name, source, feature_type=FeatureType.CATEGORICAL, **settings):
    sources = [TensorFeatureSource(source, name)]
    return TensorFeatureInfo(name, feature_type, feature_sources=sources, **settings)


def test_items_alone_where_nothing_else_is_read():
    price = column("price", FeatureSource.ITEM_FEATURES, FeatureType.NUMERICAL, is_seq=True)
    assert history_of(()) == history_of((price,)) == (HISTORY, None)


def test_events_and_users_have_a_value_of_each_column():
    device = column("device", FeatureSource.INTERACTIONS, cardinality=4, is_seq=True)
    tags = column(
        "tags",
        FeatureSource.INTERACTIONS,
        FeatureType.CATEGORICAL_LIST,
        cardinality=3,
        tensor_dim=2,
        is_seq=True,
    )
    gender = column("gender", FeatureSource.QUERY_FEATURES, cardinality=2)
    asked = column(
        "asked",
        FeatureSource.QUERY_FEATURES,
        FeatureType.NUMERICAL,
        feature_hint=FeatureHint.REQUEST_TIME,
    )
    history, user = history_of((device, tags, gender, asked))
    events = [json.loads(event) for event in history]
    assert [sorted(event) for event in events] == [["device", "item", "tags"]] * len(HISTORY)
    assert all(0 <= event["device"] < 4 and len(event["tags"]) == 2 for event in events)
    assert [*json.loads(user)] == ["gender"]
