"""Shapes and paddings of columns, as asked for or as a schema says."""

import pyarrow as pa
import pytest
from seqrec_datamodule_parquet.metadata import column_formats, metadata_of_schema

from seqrec_core.schema import (
    FeatureHint,
    FeatureType,
    TensorFeatureInfo,
    TensorSchema,
)


def test_metadata_takes_both_names_of_the_padding_and_says_what_is_wrong():
    schema = pa.schema([("x", pa.large_list(pa.int8())), ("y", pa.int64())])
    for key in ("padding", "padding_value"):
        formats = column_formats({"x": {"shape": [3], key: 7}, "y": {}}, schema)
        assert formats == {"x": ((3,), 7), "y": ((), -1)}
    assert column_formats({"x": {}}, schema)["x"].shape == (None,)
    for entry, message in [
        ({"shape": [3, 4]}, "has 1 list dimensions"),
        ({"shape": 0}, "at least 1"),
        ({"padding": 7, "padding_value": 8}, "two paddings"),
        ({"padding": 200}, "no int8"),
        ({"length": 3}, "'length'"),
    ]:
        with pytest.raises(ValueError, match=message):
            column_formats({"x": entry}, schema)
    with pytest.raises(ValueError, match="has 0 list dimensions"):
        column_formats({"y": {"shape": 3}}, schema)


def test_metadata_of_a_schema_has_its_features_and_what_evaluation_needs():
    schema = TensorSchema(
        [
            TensorFeatureInfo(
                "item_id",
                FeatureType.CATEGORICAL,
                is_seq=True,
                feature_hint=FeatureHint.ITEM_ID,
                cardinality=10,
            ),
            TensorFeatureInfo("tags", FeatureType.CATEGORICAL_LIST, is_seq=True, cardinality=4),
            TensorFeatureInfo("price", FeatureType.NUMERICAL_LIST, is_seq=True, tensor_dim=2),
            TensorFeatureInfo("age", FeatureType.NUMERICAL),
            TensorFeatureInfo("absent", FeatureType.NUMERICAL),
        ]
    )
    names = ["query_id", "item_id", "tags", "price", "age", "seen_ids", "unknown"]
    assert metadata_of_schema(schema, names, 5) == {
        "item_id": {"shape": [5], "padding": 10},
        "tags": {"shape": [5, None], "padding": 4},
        "price": {"shape": [5, 2], "padding": 0},
        "age": {"shape": [], "padding": 0},
        "query_id": {},
        "seen_ids": {},
    }
