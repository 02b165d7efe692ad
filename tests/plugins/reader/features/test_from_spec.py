"""The reader of a spec: a path starts from the data folder, a URI does not."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_reader_features.from_spec import parquet_features

from seqrec_core import load, resolve
from seqrec_core.build import Runtime, build_part
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

SCHEMA = TensorSchema(
    TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=3,
    )
)


@pytest.fixture
def folder(tmp_path):
    pq.write_table(pa.table({"item_id": [2, 0, 1]}), tmp_path / "items.parquet")
    return tmp_path


def test_paths_start_from_the_data_folder_and_uris_stay(folder, monkeypatch):
    uri = f"file://{folder}/items.parquet"
    elsewhere = folder / "elsewhere"
    for data_dir, path in [(folder, "items.parquet"), (elsewhere, uri), (None, uri)]:
        reader = parquet_features(SCHEMA, data_dir, path, None)
        assert reader["item_id"].tolist() == [0, 1, 2]
    monkeypatch.chdir(folder)
    assert parquet_features(SCHEMA, None, "items.parquet", None).feature_names == ["item_id"]


def test_a_spec_reads_the_data_folder(folder):
    spec = {
        "schema": {
            "features": [
                {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 3}
            ]
        },
        "model": {
            "type": "two_tower",
            "reader": {"type": "parquet_features", "metadata": {"item_id": {}}},
        },
    }
    recipe = resolve(load(spec))
    reader = build_part(recipe.model.reader, Runtime.of(recipe, data_dir=folder))
    assert reader["item_id"].tolist() == [0, 1, 2]
