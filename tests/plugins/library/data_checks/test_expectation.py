import attrs
import pytest
from seqrec_library_data_checks.expectation import Expectation, expectations, item_column

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)  # fmt: skip


@pytest.mark.parametrize(("padding", "highest"), [(5, 4), (0, 5), (3, 5), (-1, 4)])
def test_ids_are_those_of_the_table_without_the_padding(padding, highest):
    feature = TensorFeatureInfo("x", FeatureType.CATEGORICAL, cardinality=5, padding_value=padding)
    assert Expectation.of(feature).highest == highest


def test_columns_are_those_of_features_by_their_sources_and_of_evaluation():
    sources = [TensorFeatureSource(FeatureSource.INTERACTIONS, "clicked")]
    item = TensorFeatureInfo(
        "item_id", FeatureType.CATEGORICAL, is_seq=True, feature_hint=FeatureHint.ITEM_ID,
        cardinality=5, feature_sources=sources,
    )  # fmt: skip
    country = TensorFeatureInfo("country", FeatureType.CATEGORICAL, cardinality=3)
    schema = TensorSchema([item, country])
    columns = expectations(schema)
    assert set(columns) == {"clicked", "country", "query_id", "ground_truth", "seen_ids", "train"}
    assert item_column(schema) == "clicked"
    assert [columns[name].depth for name in ("clicked", "country", "ground_truth")] == [1, 0, 1]
    user = attrs.evolve(country, name="user", feature_hint=FeatureHint.QUERY_ID)
    columns = expectations(TensorSchema([item, user]))
    assert "query_id" not in columns
    assert columns["user"].highest is None  # users that training did not know may come
