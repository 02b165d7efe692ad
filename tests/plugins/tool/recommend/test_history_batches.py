"""Batches of histories are those that the data module reads from a file with them."""

import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from seqrec_tool_conformance.batches import ITEM, SCHEMA, V
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_recommend.history_batches import HistoryBatches

from seqrec_core.errors import BundleError
from seqrec_core.schema import TensorSchema

LENGTH = 4


@pytest.fixture(scope="module")
def items():
    return pq.read_table(data_folder() / "items.parquet")


def test_a_batch_is_what_the_data_module_reads_of_the_same_histories(items):
    path = data_folder() / "predict.parquet"
    histories = [user[ITEM] for user in pq.read_table(path).to_pylist()]
    module = ParquetModule(
        len(histories), predict_path=path, schema=SCHEMA, max_sequence_length=LENGTH
    )
    module.setup("predict")
    loaders = module.predict_dataloader()
    [expected] = loaders[0] if isinstance(loaders, list) else loaders
    batch = HistoryBatches(SCHEMA, items, LENGTH).batch(histories)
    for name in ("query_id", ITEM, "tags", "price", "image"):
        assert torch.equal(batch[name], expected[name]), name
        assert torch.equal(batch[f"{name}_mask"], expected[f"{name}_mask"]), name
    assert torch.equal(batch["seen_ids"], expected["seen_ids"])


def test_an_empty_history_is_padding_and_the_last_events_are_kept(items):
    batch = HistoryBatches(SCHEMA, items, LENGTH).batch([[], [1, 2, 3, 4, 5, 6]])
    assert batch[ITEM].tolist() == [[V] * LENGTH, [3, 4, 5, 6]]
    assert batch[f"{ITEM}_mask"].tolist() == [[False] * LENGTH, [True] * LENGTH]
    assert batch["seen_ids"][1].tolist() == [1, 2, 3, 4, 5, 6]
    assert batch["price"][1].tolist() == [0.75, 1.0, 1.25, 1.5]


def test_a_feature_that_the_items_lack_is_refused(items):
    with pytest.raises(BundleError, match="reads 'price', which is no feature of items"):
        HistoryBatches(SCHEMA, items.drop_columns(["price"]), LENGTH)
    items_alone = TensorSchema([SCHEMA[ITEM]])
    HistoryBatches(items_alone, items.select([ITEM]), LENGTH)


def test_a_model_without_a_length_is_refused(items):
    with pytest.raises(BundleError, match="has no max_sequence_length"):
        HistoryBatches(SCHEMA, items, None)
