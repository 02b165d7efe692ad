"""The module: splits, metadata of a schema, transforms and weights of batches."""

from itertools import chain
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_datamodule_parquet.parquet_module import ParquetModule
from tiny_parquet import USERS, tiny_module
from torch import nn

from seqrec_core.contracts import DataModuleProto, DrawsNumbers, Resumable
from seqrec_core.errors import DataError


def test_a_process_without_rows_trains_and_evaluates_padding_but_predicts_nothing(folder):
    alone = {"replicas_info": SimpleNamespace(curr_replica=60, num_replicas=61)}
    data = tiny_module(
        folder,
        predict_path=str(folder / "predict.parquet"),
        config=dict.fromkeys(("train", "validate", "predict"), alone),
        group_by_length=True,
    )
    for stream, positions in ((data.train_dataloader(), 2), (data.val_dataloader()[0], 1)):
        with pytest.warns(UserWarning, match="process 60 has rows for 0 of"):
            batches = list(stream)
        assert len(batches) == len(stream) > 0
        assert not any(batch["item_id_mask"].any() for batch in batches)
        assert all(batch["item_id"].shape == (1, positions) for batch in batches)
    assert [len(stream) for stream in data.predict_dataloader()] == [0]


def test_metadata_follows_from_the_schema_and_the_file(folder):
    data = tiny_module(folder)
    batch = next(iter(data.train_dataloader()))
    assert batch["item_id"].shape == (8, 7)
    assert batch["item_id"][~batch["item_id_mask"]].unique().tolist() == [100]
    (validate,) = data.val_dataloader()
    batch = next(iter(validate))
    assert batch["item_id"].shape == (8, 6)
    assert batch["ground_truth"].shape == (8, 1)
    assert batch["seen_ids"].shape == (8, 8)
    assert "timestamp" not in batch


def test_metadata_transforms_and_batch_sizes_stand_for_each_split(folder):
    data = ParquetModule(
        {"train": 4, "test": 3},
        {
            "train": {"item_id": {"shape": 2, "padding_value": 7}},
            "test": {"query_id": {}},
        },
        {"train": [nn.Identity()]},
        {"train": {"partition_size": 16}, "test": {"make_mask_name": lambda name: f"{name}?"}},
        train_path=str(folder / "train.parquet"),
        test_path=[str(folder / "test.parquet"), str(folder / "other.parquet")],
    )
    batch = next(iter(data.train_dataloader()))
    assert data.transform("train", batch) == batch
    assert batch["item_id"].shape == (4, 2)
    first, second = data.test_dataloader()
    assert (len(first), len(second)) == (20, 7)
    assert list(next(iter(first))) == ["query_id", "query_id?"]
    assert data.val_dataloader() == []


def test_a_module_that_cannot_work_says_why(folder):
    with pytest.raises(KeyError, match="give one of train_path"):
        ParquetModule(8)
    with pytest.raises(TypeError, match="takes one path"):
        ParquetModule(8, train_path=["a", "b"])
    for argument in ("metadata", "transforms", "config"):
        with pytest.raises(KeyError, match=rf"{argument} has \['valid'\]"):
            ParquetModule(8, train_path="x", **{argument: {"valid": {}}})
    with pytest.raises(ValueError, match="metadata has no entry for 'validate'"):
        tiny_module(folder, schema=None, metadata={"train": {"query_id": {}}}).val_dataloader()
    with pytest.raises(ValueError, match="batch_size has no entry for 'validate'"):
        tiny_module(folder, batch_size={"train": 2}).val_dataloader()
    with pytest.raises(ValueError, match="no test_path was given"):
        tiny_module(folder).test_dataloader()
    with pytest.raises(DataError, match=r"absent\.parquet"):
        tiny_module(folder, train_path="absent.parquet").setup("fit")


def test_the_module_keeps_the_contract_of_its_kind(folder):
    own = torch.Generator()

    class Drawing:
        def generators(self):
            return [own]

        def __call__(self, batch):
            return {**batch, "drawn": torch.rand(1, generator=own)}

    data = tiny_module(
        folder,
        transforms={"train": [Drawing()], "validate": [lambda batch: {**batch, "split": 1}]},
        validate_path=[str(folder / "validate.parquet"), str(folder / "other.parquet")],
    )
    assert isinstance(data, DataModuleProto)
    assert isinstance(data, DrawsNumbers)
    assert list(data.generators()) == [own]
    [train] = data.loaders("train")
    assert isinstance(train, Resumable)
    assert [len(loader) for loader in data.loaders("validate")] == [8, 3]
    assert data.loaders("test") == data.loaders("predict") == []
    assert "drawn" in data.transform("train", next(iter(train)))
    assert data.transform("validate", {"a": 1}) == {"a": 1, "split": 1}
    assert data.transform("predict", {"a": 1}) == {"a": 1}


def test_vocabularies_are_those_of_the_folder(folder, tmp_path):
    assert tiny_module(folder).vocabularies().items is None
    pq.write_table(pa.table({"item_id": [0, 1], "item": ["a", "b"]}), tmp_path / "items.parquet")
    known = ParquetModule(8, train_path="x", folder=tmp_path).vocabularies()
    assert known.items["item"].to_pylist() == ["a", "b"]
    assert known.users is None


def sizes_of_batches(stream):
    return [len(batch["query_id"]) for batch in stream]


@pytest.mark.parametrize("is_open", [False, True])
def test_a_batch_size_that_is_set_is_what_is_read(folder, is_open):
    data = tiny_module(folder)
    assert data.batch_size == 8
    if is_open:
        data.setup("fit")
    data.batch_size = 25
    assert data.batch_size == 25
    assert sizes_of_batches(data.train_dataloader()) == [25, 25, 10]
    assert sizes_of_batches(data.val_dataloader()[0]) == [25, 25, 10]
    data.batch_size = {"train": 40, "validate": 60}
    assert data.batch_size == {"train": 40, "validate": 60}
    assert sizes_of_batches(data.train_dataloader()) == [40, 20]
    assert sizes_of_batches(data.val_dataloader()[0]) == [60]
    data.batch_size = {"train": 30, "validate": 30}
    assert data.batch_size == 30


def test_a_new_batch_size_begins_a_new_epoch_whose_place_another_stream_finds(folder):
    data = tiny_module(folder)
    stream = data.train_dataloader()
    batches = iter(stream)
    next(batches), next(batches)
    batches.close()
    data.batch_size = 20
    resumed = tiny_module(folder, batch_size=20).train_dataloader()
    resumed.load_state_dict(stream.state_dict())
    rows, again = ([b["query_id"].tolist() for b in each] for each in (stream, resumed))
    assert rows == again
    assert sorted(chain(*rows)) == list(range(USERS))


def test_weights_of_grouped_batches_follow_the_batch_size(folder):
    data = tiny_module(folder, group_by_length=True)
    data.transform("train", next(iter(data.train_dataloader())))
    data.batch_size = 15
    weights = [data.transform("train", b)["loss_weight"] for b in data.train_dataloader()]
    assert sum(weights).item() == pytest.approx(len(weights)) == 4


@pytest.mark.parametrize(
    ("size", "error", "words"),
    [
        (0, ValueError, "'train' is 0; it must be at least 1"),
        (True, TypeError, "'train' is True; give a whole number"),
        (2.0, TypeError, r"'train' is 2\.0"),
        ("8", TypeError, "'train' is '8'"),
        (None, TypeError, "'train' is None"),
        ({"train": 8, "validate": -1}, ValueError, "'validate' is -1"),
        ({"train": 8, "valid": 4}, KeyError, r"batch_size has \['valid'\]; splits are train,"),
        ({"train": 8}, ValueError, r"no entry for \['validate'\], which are open"),
    ],
)
def test_what_is_no_batch_size_is_refused_and_changes_nothing(folder, size, error, words):
    data = tiny_module(folder)
    data.setup("fit")
    with pytest.raises(error, match=words):
        data.batch_size = size
    assert data.batch_size == 8
    if size != {"train": 8}:
        with pytest.raises(error, match=words):
            tiny_module(folder, batch_size=size)


def test_a_second_setup_goes_on_with_further_epochs(folder):
    def order(stream):
        return [number for batch in stream for number in batch["query_id"].tolist()]

    data = tiny_module(folder)
    data.setup("fit")
    first = order(data.train_dataloader())
    data.setup("fit")
    assert order(data.train_dataloader()) != first


def test_weights_of_grouped_batches_make_every_target_count_alike(folder):
    data = tiny_module(folder, group_by_length=True)
    batches = [data.transform("train", batch) for batch in data.train_dataloader()]
    weighted = sum(
        batch["loss_weight"] * batch["labels"][batch["target_padding_mask"][..., 0]].double().mean()
        for batch in batches
    )
    total = sum(
        batch["labels"][batch["target_padding_mask"][..., 0]].sum().double() for batch in batches
    )
    targets = sum(min(6, 1 + i % 9) for i in range(USERS))
    assert sum(int(batch["target_padding_mask"].sum()) for batch in batches) == targets
    assert weighted.item() == pytest.approx(total.item() * len(batches) / targets)
    assert sum(batch["loss_weight"] for batch in batches).item() == pytest.approx(len(batches))
    assert all(batch["loss_weight"].shape == () for batch in batches)


@pytest.mark.parametrize("split", ["validate", "test", "predict"])
def test_evaluation_batches_hold_rows_of_similar_length_too(folder, split):
    data = tiny_module(
        folder, group_by_length=True, **{f"{split}_path": str(folder / "test.parquet")}
    )
    loaders = {
        "validate": data.val_dataloader,
        "test": data.test_dataloader,
        "predict": data.predict_dataloader,
    }
    batches = list(loaders[split]()[0])
    lengths = [batch["item_id_mask"].sum(1) for batch in batches]
    assert torch.cat(lengths).diff().min() == 0  # one after another, from short to long
    assert [batch["item_id"].shape[1] for batch in batches] == [int(x.max()) for x in lengths]
    assert sorted(torch.cat([batch["query_id"] for batch in batches]).tolist()) == [*range(USERS)]


def test_grouping_loses_no_target_and_needs_their_mask(folder):
    plain = tiny_module(folder)
    grouped = tiny_module(folder, group_by_length=True)

    def targets(data):
        rows = {}
        for batch in data.train_dataloader():
            output = data.transform("train", batch)
            for user, labels, mask in zip(
                output["query_id"].tolist(),
                output["labels"],
                output["target_padding_mask"],
                strict=True,
            ):
                rows[user] = labels[mask[:, 0]].tolist()
        return rows

    assert targets(plain) == targets(grouped)
    widths = {batch["item_id"].shape[1] for batch in grouped.train_dataloader()}
    assert min(widths) < 7
    assert max(widths) == 7
    without = tiny_module(folder, group_by_length=True, transforms={"train": [nn.Identity()]})
    with pytest.raises(ValueError, match="'target_padding_mask'"):
        without.transform("train", next(iter(without.train_dataloader())))
