"""The reader of item features: order, padding, and every fault named."""

import re

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_reader_features.features_reader import FeaturesReader

from seqrec_core.errors import DataError
from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)


def feature(name, kind, column=None, source=FeatureSource.ITEM_FEATURES, **settings):
    origin = TensorFeatureSource(source, column or name)
    return TensorFeatureInfo(name, kind, is_seq=True, feature_sources=[origin], **settings)


SCHEMA = TensorSchema(
    [
        feature(
            "item_id",
            FeatureType.CATEGORICAL,
            source=FeatureSource.INTERACTIONS,
            feature_hint=FeatureHint.ITEM_ID,
            cardinality=3,
        ),
        feature("genres", FeatureType.CATEGORICAL_LIST, "genre_ids", cardinality=5),
        feature("price", FeatureType.NUMERICAL, tensor_dim=1),
        feature("image", FeatureType.NUMERICAL_LIST, tensor_dim=2),
        feature("rating", FeatureType.NUMERICAL, source=FeatureSource.INTERACTIONS),
    ]
)


COLUMNS = {
    "item_id": [2, 0, 1],
    "genre_ids": [[4], [0, 1, 2], []],
    "price": [3.5, 1, 2],
    "image": [[5.0, 6.0], [1.0, 2.0], [3.0, 4.0]],
    "unrelated": ["x", "y", "z"],
}


@pytest.fixture
def items(tmp_path):
    """Writes COLUMNS with some of them replaced; a column given as None is left out."""

    def write(**changes):
        columns = {k: v for k, v in (COLUMNS | changes).items() if v is not None}
        path = tmp_path / "items.parquet"
        pq.write_table(pa.table(columns), path)
        return str(path)

    return write


def test_rows_come_in_the_order_of_item_ids_with_lists_padded_on_the_left(items):
    reader = FeaturesReader(SCHEMA, None, items())
    assert reader.feature_names == ["item_id", "genres", "price", "image"]
    assert reader["item_id"].tolist() == [0, 1, 2]
    assert reader["genres"].tolist() == [[0, 1, 2], [5, 5, 5], [5, 5, 4]]
    assert reader["price"].tolist() == [1, 2, 3.5]
    assert reader["image"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert reader["genres"].dtype == torch.int64
    assert reader["price"].dtype == torch.float32


@pytest.mark.parametrize("key", ["padding", "padding_value"])
def test_metadata_by_source_column_sets_width_and_padding(items, key):
    metadata = {"item_id": {}, "genre_ids": {"shape": 4, key: 3}, "price": {}, "image": {}}
    reader = FeaturesReader(SCHEMA, metadata, items())
    assert reader["genres"].tolist() == [[3, 0, 1, 2], [3, 3, 3, 3], [3, 3, 3, 4]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"genre_ids": None}, "lacks item features of the schema: ['genre_ids']"),
        ({"other": {}}, "no item features in the schema: ['other']"),
        ({"genre_ids": {"size": 4}}, "metadata of 'genre_ids' has ['size']"),
        ({"price": {"shape": 2}}, "'price' must be {}"),
        ({"genre_ids": {"shape": [4]}}, "'genre_ids' has shape [4]; give a length"),
        ({"genre_ids": {"shape": 0}}, "'genre_ids' has shape 0; give a length"),
        ({"genre_ids": {"padding": 77}}, "'genre_ids' has padding 77; the ids of 'genres' are 0"),
    ],
)
def test_metadata_that_does_not_fit_the_schema_is_named(items, change, words):
    metadata = {"item_id": {}, "genre_ids": {}, "price": {}, "image": {}} | change
    metadata = {k: v for k, v in metadata.items() if v is not None}
    with pytest.raises(ValueError, match=re.escape(words)):
        FeaturesReader(SCHEMA, metadata, items())


FAULTS = {
    "missing item": ({"item_id": [0, 2]}, "id 1 is missing"),
    "repeated item": ({"item_id": [0, 1, 1]}, "id 2 is missing; id 1 is repeated"),
    "id outside": ({"item_id": [0, 1, 7]}, "column 'item_id', row 2: 7"),
    "padding as item": ({"item_id": [0, 1, 3]}, "id 3 is the padding id"),
    "category outside": ({"genre_ids": [[4], [0, 9], []]}, "column 'genre_ids', row 1: 9"),
    "negative category": ({"genre_ids": [[4], [], [-1]]}, "column 'genre_ids', row 2: -1"),
    "null": ({"price": [1.0, None, 2.0]}, "column 'price', row 1: null"),
    "null list": ({"genre_ids": [[1], None, []]}, "column 'genre_ids', row 1: null"),
    "null in a list": ({"genre_ids": [[1], [], [2, None]]}, "column 'genre_ids', row 2: null"),
    "not a number": ({"price": [1.0, float("nan"), 2.0]}, "column 'price', row 1: nan"),
    "beyond single precision": ({"price": [1.0, 1e300, 2.0]}, "column 'price', row 1: 1e+300"),
    "text": ({"price": ["1", "2", "3"]}, "column 'price': holds string"),
    "text in lists": ({"genre_ids": [["a"], [], []]}, "column 'genre_ids': holds list"),
    "fractions as ids": ({"item_id": [0.0, 1.0, 2.0]}, "column 'item_id': holds double"),
    "no list": ({"genre_ids": [1, 2, 3]}, "column 'genre_ids': holds int64"),
    "a list": ({"price": [[1.0], [2.0], [3.0]]}, "column 'price': holds list"),
    "long list": ({"image": [[1.0, 2.0], [1.0] * 3, []]}, "column 'image', row 1: 3 values"),
    "no column": ({"price": None}, "has no column 'price'"),
}


@pytest.mark.parametrize(("change", "words"), FAULTS.values(), ids=FAULTS)
def test_faults_of_the_file_name_file_column_and_row(items, change, words):
    rows = len(next(iter(change.values())) or [0] * 3)
    columns = {k: v[:rows] for k, v in COLUMNS.items()}
    path = items(**(columns | change))
    with pytest.raises(DataError, match=re.escape(words)) as raised:
        FeaturesReader(SCHEMA, None, path)
    assert str(raised.value).startswith(path)


def test_a_file_that_is_missing_or_no_parquet_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.parquet: no such file"):
        FeaturesReader(SCHEMA, None, str(tmp_path / "none.parquet"))
    (tmp_path / "text.parquet").write_text("item_id,price")
    with pytest.raises(DataError, match=r"text\.parquet: cannot be read as parquet"):
        FeaturesReader(SCHEMA, None, str(tmp_path / "text.parquet"))


def test_lists_that_are_all_empty_are_one_padding_wide(items):
    reader = FeaturesReader(SCHEMA, None, items(genre_ids=pa.array([[]] * 3, pa.list_(pa.int64()))))
    assert reader["genres"].tolist() == [[5], [5], [5]]


def test_many_missing_items_are_counted_not_listed(tmp_path):
    schema = TensorSchema(
        feature(
            "item_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.ITEM_ID, cardinality=1000
        )
    )
    pq.write_table(pa.table({"item_id": list(range(500))}), tmp_path / "items.parquet")
    with pytest.raises(DataError, match="ids 500, 501, 502, 503, 504 and 495 more are missing"):
        FeaturesReader(schema, None, str(tmp_path / "items.parquet"))


def test_with_padding_zero_the_items_are_one_to_v(items):
    item = feature(
        "item_id",
        FeatureType.CATEGORICAL,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=3,
        padding_value=0,
    )
    reader = FeaturesReader(TensorSchema(item), None, items(item_id=[3, 1, 2]))
    assert reader["item_id"].tolist() == [1, 2, 3]
    with pytest.raises(DataError, match="id 3 is missing; id 0 is the padding id"):
        FeaturesReader(TensorSchema(item), None, items(item_id=[0, 1, 2]))


def test_uris_and_file_systems_of_pyarrow_are_opened(items, tmp_path):
    path = items()
    expected = FeaturesReader(SCHEMA, None, path)["genres"]
    by_uri = FeaturesReader(SCHEMA, None, f"file://{path}")
    inside = pyarrow.fs.SubTreeFileSystem(str(tmp_path), pyarrow.fs.LocalFileSystem())
    by_system = FeaturesReader(SCHEMA, None, "items.parquet", filesystem=inside)
    assert torch.equal(by_uri["genres"], expected)
    assert torch.equal(by_system["genres"], expected)


def test_lists_of_fixed_size_and_large_lists_are_lists(items):
    image = pa.array(COLUMNS["image"], pa.list_(pa.float32(), 2))
    genres = pa.array(COLUMNS["genre_ids"], pa.large_list(pa.int8()))
    reader = FeaturesReader(SCHEMA, None, items(image=image, genre_ids=genres))
    assert reader["image"].tolist() == [[1, 2], [3, 4], [5, 6]]
    assert reader["genres"].tolist() == [[0, 1, 2], [5, 5, 5], [5, 5, 4]]


def test_an_unknown_feature_is_told_from_known_ones(items):
    reader = FeaturesReader(SCHEMA, None, items())
    with pytest.raises(KeyError, match="no item feature 'rating'"):
        reader["rating"]
