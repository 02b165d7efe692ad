import pyarrow as pa
import torch

from seqrec_core.bundle_draft import write_files
from seqrec_core.digests import folder_digests

ITEMS = pa.table({"item": ["a", "b"]})


def test_the_digests_are_those_of_what_was_written(tmp_path):
    (draft := tmp_path / ".draft").mkdir()
    model = torch.nn.Linear(2, 2)
    files = write_files(draft, tmp_path, model, {"a": 1.0}, ITEMS, ())
    assert files == folder_digests(draft)
    assert set(files) == {"model.safetensors", "metrics.json", "items.parquet"}
    assert set(write_files(draft, tmp_path, model, None, None, ())) >= {"model.safetensors"}


def test_items_that_are_there_are_not_written_again(tmp_path):
    (first := tmp_path / "first").mkdir()
    (second := tmp_path / "second").mkdir()
    model = torch.nn.Linear(2, 2)
    files = write_files(first, tmp_path, model, None, ITEMS, ())
    (first / "items.parquet").rename(tmp_path / "items.parquet")
    assert write_files(second, tmp_path, model, None, pa.table(ITEMS), ()) == files
    assert not (second / "items.parquet").exists()
