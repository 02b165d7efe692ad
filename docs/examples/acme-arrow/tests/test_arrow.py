"""The numbers, against batches written out by hand."""

import csv
import json

import pytest
import torch
from acme_arrow.arrow_module import ArrowModule
from acme_arrow.commands import prepare
from seqrec_core.errors import DataError
from seqrec_core.session import read
from seqrec_core.spec import SchemaSpec

LOG = [("ann", "x", 3), ("ann", "y", 1), ("ann", "z", 2), ("ann", "x", 9), ("bob", "z", 1)]
LOG += [("cem", "z", 4), ("cem", "y", 6), ("cem", "z", 5)]


@pytest.fixture
def folder(tmp_path):
    with (tmp_path / "log.csv").open("w") as file:
        csv.writer(file).writerows([("user", "item", "timestamp"), *LOG])
    prepare(tmp_path / "log.csv", tmp_path / "data")
    return tmp_path / "data"


def module(folder, **changes):
    raw = json.loads((folder / "schema.json").read_text())
    schema = read(raw, SchemaSpec, "schema").tensor_schema()
    settings = {"batch_size": 2, "max_sequence_length": 2, "seed": 0, "transforms": None}
    return ArrowModule(str(folder), schema=schema, **{**settings, **changes})


def names(data, ids):
    items = data.vocabularies().items["item"].to_pylist()
    return [[items[i] if 0 <= i < 3 else None for i in row] for row in ids.tolist()]


@pytest.mark.parametrize(
    ("split", "events", "truth", "seen"),
    [
        ("validate", [["y", "z"], [None, "z"]], [["x"], ["z"]], [["y", "z"], [None, "z"]]),
        ("test", [["z", "x"], ["z", "z"]], [["x"], ["y"]], [["y", "z", "x"], [None, "z", "z"]]),
    ],
)
def test_each_user_is_asked_for_the_event_that_was_left_out(folder, split, events, truth, seen):
    data = module(folder)
    ((batch,),) = map(list, data.loaders(split))
    assert names(data, batch["item_id"]) == events
    assert names(data, batch["ground_truth"]) == truth
    assert names(data, batch["seen_ids"]) == seen
    assert batch["item_id_mask"].tolist() == [[e is not None for e in row] for row in events]


def test_prediction_sees_everything(folder):
    data = module(folder, max_sequence_length=4)
    ((batch,),) = map(list, data.loaders("predict"))
    assert names(data, batch["item_id"]) == [["y", "z", "x", "x"], [None, "z", "z", "y"]]
    assert data.vocabularies().users["user"].to_pylist() == ["ann", "cem"]  # bob has one event


def test_counts_are_those_of_the_training(folder):
    items = module(folder).vocabularies().items
    counts = dict(zip(items["item"].to_pylist(), items["count"].to_pylist(), strict=True))
    assert counts == {"x": 0, "y": 1, "z": 2}


def test_training_reads_as_many_events_more_as_the_transforms_take(folder):
    class Shorter:
        def __call__(self, batch):
            return dict(batch)

        def events_taken(self):
            return 3

    data = module(folder, transforms={"train": (Shorter(),)})
    assert next(iter(data.loaders("train")[0]))["item_id"].shape == (2, 5)
    assert next(iter(data.loaders("test")[0]))["item_id"].shape == (2, 2)


def test_epochs_differ_and_each_has_everybody(folder):
    (loader,) = module(folder, batch_size=1).loaders("train")
    orders = [torch.cat([batch["query_id"] for batch in loader]).tolist() for _ in range(8)]
    assert all(sorted(order) == [0, 1] for order in orders)
    assert len({tuple(order) for order in orders}) == 2


def test_a_log_without_a_column_is_refused(tmp_path):
    (tmp_path / "log.csv").write_text("user,item\nann,x\n")
    with pytest.raises(DataError, match="no column 'timestamp'"):
        prepare(tmp_path / "log.csv", tmp_path / "data")
