import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_datamodule_parquet.folder_offers import FileColumns, folder_offers
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_datamodule_parquet.specs import ParquetModuleSpec
from tiny_parquet import SCHEMA

from seqrec_core.data_folder import SPLITS
from seqrec_core.errors import DataError, SpecError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

FILES = {split: (f"{split}.parquet",) for split in SPLITS}


def module(folder, schema=SCHEMA, **paths):
    paths = paths or {f"{split}_path": str(folder / f"{split}.parquet") for split in SPLITS}
    return ParquetModule(8, schema=schema, max_sequence_length=6, **paths)


@pytest.mark.parametrize("split", SPLITS)
def test_offered_columns_are_those_of_the_batches(folder, split):
    offers = folder_offers(folder, FILES, SCHEMA)
    batch = next(iter(module(folder).loaders(split)[0]))
    assert offers.columns[split] == set(batch)


def test_features_of_queries_and_unknown_columns_are_as_in_the_batches(tmp_path):
    schema = TensorSchema(
        [
            *SCHEMA.all_features,
            TensorFeatureInfo("user", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID,
                              is_seq=False, cardinality=4),
            TensorFeatureInfo("age", FeatureType.NUMERICAL, is_seq=False, tensor_dim=1),
            TensorFeatureInfo("country", FeatureType.CATEGORICAL, is_seq=False, cardinality=3),
        ]
    )  # fmt: skip
    columns = {"user": [0, 1], "item_id": [[1], [2]], "country": [0, 1], "price": [1.0, 2.0]}
    pq.write_table(pa.table(columns), tmp_path / "train.parquet")
    offers = folder_offers(tmp_path, {"train": ("train.parquet",)}, schema)
    path = str(tmp_path / "train.parquet")
    batch = next(iter(module(tmp_path, schema, train_path=path).loaders("train")[0]))
    assert offers.columns == {"train": set(batch)}
    assert "price" not in batch


def test_of_several_files_the_common_columns_count(folder):
    files = {"validate": ("validate.parquet", "train.parquet")}
    columns = folder_offers(folder, files, SCHEMA).columns["validate"]
    assert "item_id" in columns
    assert "ground_truth" not in columns


def test_a_split_is_there_if_all_its_files_are(folder):
    files = {"train": ("train.parquet",), "test": ("test.parquet", "more.parquet"), "predict": ()}
    assert set(folder_offers(folder, files, SCHEMA).columns) == {"train"}


def test_without_a_folder_every_column_of_a_split_may_be_there(tmp_path):
    offers = folder_offers(tmp_path / "absent", FILES | {"test": ()}, SCHEMA)
    assert offers.files is offers.cardinalities is None
    assert set(offers.columns) == {"train", "validate", "predict"}
    assert {"item_id", "item_id_mask", "seen_ids", "query_id"} <= offers.columns["train"]


def test_numbers_of_ids_are_those_of_the_schema_of_the_folder_or_the_rows_of_items(tmp_path):
    assert folder_offers(tmp_path, {}, SCHEMA).cardinalities == {}
    pq.write_table(pa.table({"item_id": range(17)}), tmp_path / "items.parquet")
    assert folder_offers(tmp_path, {}, SCHEMA).cardinalities == {"item_id": 17}
    features = [{"name": "item_id", "cardinality": 18}, {"name": "price", "type": "numerical"}]
    (tmp_path / "schema.json").write_text(json.dumps({"features": features}))
    assert folder_offers(tmp_path, {}, SCHEMA).cardinalities == {"item_id": 18}
    (tmp_path / "schema.json").write_text("[")
    with pytest.raises(SpecError):
        folder_offers(tmp_path, {}, SCHEMA)


def test_a_folder_of_files_has_the_columns_that_all_have(tmp_path):
    (tmp_path / "parts").mkdir()
    pq.write_table(pa.table({"a": [1], "b": [1]}), tmp_path / "parts" / "1.parquet")
    pq.write_table(pa.table({"b": [1], "c": [1]}), tmp_path / "parts" / "2.parquet")
    (tmp_path / "parts" / "_SUCCESS").write_text("")
    pq.write_table(pa.table({"d": [1]}), tmp_path / "one.parquet")
    columns = FileColumns(tmp_path)
    assert columns["parts"] == {"b"}
    assert columns["one.parquet"] == {"d"}
    assert list(columns) == ["one.parquet"]
    assert len(columns) == 1
    assert columns.get("none.parquet") is columns.get("") is None


def test_what_is_no_parquet_is_named(tmp_path):
    (tmp_path / "train.parquet").write_text("no")
    with pytest.raises(DataError, match=r"train\.parquet: cannot be read as Parquet"):
        folder_offers(tmp_path, FILES, SCHEMA)


def test_the_spec_asks_for_its_folder_and_for_what_weighs_batches(folder):
    spec = ParquetModuleSpec(
        folder=str(folder), max_sequence_length=5, item_feature_name="item_id", tie_column="time",
        test=("a.parquet", "b.parquet"), predict=None,
    )  # fmt: skip
    assert spec.needs("train").files == ("train.parquet:time",)
    assert spec.needs("train").columns == ("target_padding_mask",)
    assert spec.needs("test").files == ()
    assert spec.needs("predict").files == spec.needs("validate").columns == ()
    assert set(spec.offers(SCHEMA).columns) == {"train", "validate"}
    assert Path(spec.folder) == folder
