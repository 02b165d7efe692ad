"""The module: splits, metadata of a schema, transforms, weights, and Lightning's loops."""

import warnings
from itertools import chain
from types import SimpleNamespace

import lightning
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from lightning.pytorch.callbacks import Callback
from seqrec_datamodule_parquet.data_folder import parquet_module
from seqrec_datamodule_parquet.module import ParquetModule
from torch import nn

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

USERS = 60
SCHEMA = TensorSchema(
    TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=100,
    )
)


class Targets(nn.Module):
    """Labels one event ahead."""

    shift = 1

    def forward(self, batch):
        return {
            "query_id": batch["query_id"],
            "items": batch["item_id"][:, :-1],
            "labels": batch["item_id"][:, 1:],
            "target_padding_mask": batch["item_id_mask"][:, 1:].unsqueeze(-1),
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    train = {
        "query_id": range(USERS),
        "item_id": [[(7 * i + j) % 100 for j in range(1 + i % 9)] for i in range(USERS)],
    }
    held_out = {**train, "ground_truth": [[i] for i in range(USERS)], "seen_ids": train["item_id"]}
    pq.write_table(pa.table(train), folder / "train.parquet", row_group_size=11)
    for split in ("validate", "test", "predict"):
        pq.write_table(pa.table(held_out), folder / f"{split}.parquet", row_group_size=11)
    pq.write_table(pa.table(held_out).slice(0, 20), folder / "other.parquet")
    return folder


def module(folder, **arguments):
    defaults = {
        "batch_size": 8,
        "schema": SCHEMA,
        "max_sequence_length": 6,
        "transforms": {"train": [Targets()]},
        "train_path": str(folder / "train.parquet"),
        "validate_path": str(folder / "validate.parquet"),
    }
    return ParquetModule(**(defaults | arguments))


def test_a_process_without_rows_trains_and_evaluates_padding_but_predicts_nothing(folder):
    alone = {"replicas_info": SimpleNamespace(curr_replica=29, num_replicas=30)}
    data = module(
        folder,
        predict_path=str(folder / "predict.parquet"),
        config=dict.fromkeys(("train", "validate", "predict"), alone),
        group_by_length=True,
    )
    for stream, positions in ((data.train_dataloader(), 2), (data.val_dataloader()[0], 1)):
        with pytest.warns(UserWarning, match="process 29 has rows for 0 of"):
            batches = list(stream)
        assert len(batches) == len(stream) > 0
        assert not any(batch["item_id_mask"].any() for batch in batches)
        assert all(batch["item_id"].shape == (1, positions) for batch in batches)
    assert [len(stream) for stream in data.predict_dataloader()] == [0]


def test_metadata_follows_from_the_schema_and_the_file(folder):
    data = module(folder)
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
        module(folder, schema=None, metadata={"train": {"query_id": {}}}).val_dataloader()
    with pytest.raises(ValueError, match="batch_size has no entry for 'validate'"):
        module(folder, batch_size={"train": 2}).val_dataloader()
    with pytest.raises(ValueError, match="no test_path was given"):
        module(folder).test_dataloader()
    with pytest.raises(DataError, match=r"absent\.parquet"):
        module(folder, train_path="absent.parquet").setup("fit")


def test_a_second_setup_goes_on_with_further_epochs(folder):
    def order(stream):
        return [number for batch in stream for number in batch["query_id"].tolist()]

    data = module(folder)
    data.setup("fit")
    first = order(data.train_dataloader())
    data.setup("fit")
    assert order(data.train_dataloader()) != first


def test_weights_of_grouped_batches_make_every_target_count_alike(folder):
    data = module(folder, group_by_length=True)
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
    data = module(folder, group_by_length=True, **{f"{split}_path": str(folder / "test.parquet")})
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
    plain = module(folder)
    grouped = module(folder, group_by_length=True)

    def targets(data):
        rows = {}
        for batch in data.train_dataloader():
            made = data.transform("train", batch)
            for user, labels, mask in zip(
                made["query_id"].tolist(), made["labels"], made["target_padding_mask"], strict=True
            ):
                rows[user] = labels[mask[:, 0]].tolist()
        return rows

    assert targets(plain) == targets(grouped)
    widths = {batch["item_id"].shape[1] for batch in grouped.train_dataloader()}
    assert min(widths) < 7
    assert max(widths) == 7
    without = module(folder, group_by_length=True, transforms={"train": [nn.Identity()]})
    with pytest.raises(ValueError, match="'target_padding_mask'"):
        without.transform("train", next(iter(without.train_dataloader())))


def test_a_spec_takes_its_files_from_the_data_folder(folder):
    data = parquet_module(
        folder=".",
        transforms={"train": (Targets(),)},
        train="train.parquet",
        validate=("validate.parquet", "other.parquet"),
        test=None,
        predict=f"file://{folder}/predict.parquet",
        batch_size=8,
        eval_batch_size=30,
        shuffle=False,
        partition_size=64,
        group_by_length=False,
        tie_column=None,
        max_sequence_length=6,
        item_feature_name="item_id",
        schema=SCHEMA,
        data_dir=folder,
        seed=0,
    )
    batch = next(iter(data.train_dataloader()))
    assert batch["query_id"].tolist() == list(range(8))
    assert [len(stream) for stream in data.val_dataloader()] == [2, 1]
    assert [len(stream) for stream in data.predict_dataloader()] == [2]


class Model(lightning.LightningModule):
    """Notes what comes; learns nothing of use."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 1)
        self.seen = {"train": [], "validate": [], "test": [], "predict": []}

    def _note(self, split, batch, index=0):
        self.seen[split].append((index, sorted(batch), batch["query_id"].tolist()))

    def training_step(self, batch, batch_idx):
        self._note("train", batch)
        return self.layer(torch.ones(1)).sum()

    def validation_step(self, batch, batch_idx, dataloader_idx=0):
        self._note("validate", batch, dataloader_idx)

    def test_step(self, batch, batch_idx, dataloader_idx=0):
        self._note("test", batch, dataloader_idx)

    def predict_step(self, batch, batch_idx, dataloader_idx=0):
        self._note("predict", batch, dataloader_idx)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


class Stop(Callback):
    """Saves a checkpoint after a step, and ends the run."""

    def __init__(self, step, path):
        self.step, self.path = step, path

    def on_train_batch_end(self, trainer, *_):
        if trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)
            trainer.should_stop = True
            raise KeyboardInterrupt


def trainer(**arguments):
    return lightning.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **arguments,
    )


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        warnings.filterwarnings("ignore", message=".*LeafSpec.*")
        yield


def test_every_loop_of_lightning_gets_its_split_and_its_transforms(folder):
    paths = [str(folder / name) for name in ("test.parquet", "other.parquet")]
    transforms = {"train": [Targets()], "predict": [nn.Identity()]}
    data = module(folder, test_path=paths, predict_path=paths[1], transforms=transforms)
    model = Model()
    trainer(max_epochs=2, num_sanity_val_steps=1).fit(model, datamodule=data)
    trainer().test(model, datamodule=data, verbose=False)
    trainer().predict(model, datamodule=data)
    train = [numbers for _, _, numbers in model.seen["train"]]
    assert len(train) == 16
    assert sorted(chain(*train[:8])) == sorted(chain(*train[8:])) == list(range(USERS))
    assert train[:8] != train[8:]
    assert model.seen["train"][0][1] == ["items", "labels", "query_id", "target_padding_mask"]
    assert len(model.seen["validate"]) == 1 + 2 * 8
    assert "ground_truth" in model.seen["validate"][0][1]
    assert [index for index, _, _ in model.seen["test"]] == [0] * 8 + [1] * 3
    assert [n for _, _, numbers in model.seen["predict"] for n in numbers] == list(range(20))


@pytest.mark.parametrize("step", [3, 8, 11])
def test_a_run_of_lightning_resumes_with_the_next_batch(folder, tmp_path, step):
    def batches(model):
        return [numbers for _, _, numbers in model.seen["train"]]

    def data():
        return module(folder, config={"train": {"generator": torch.Generator().manual_seed(5)}})

    whole = Model()
    trainer(max_epochs=3).fit(whole, datamodule=data())
    stopped, resumed = Model(), Model()
    path = tmp_path / "stopped.ckpt"
    with pytest.raises(SystemExit):
        trainer(max_epochs=3, callbacks=[Stop(step, path)]).fit(stopped, datamodule=data())
    trainer(max_epochs=3).fit(resumed, datamodule=data(), ckpt_path=path)
    assert batches(stopped) + batches(resumed) == batches(whole)
