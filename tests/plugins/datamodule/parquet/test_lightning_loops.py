"""Each loop of Lightning gets the batches of its split; a run goes on where it stopped."""

import warnings
from itertools import chain

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.tuner import Tuner
from tiny_parquet import USERS, Targets, tiny_module
from torch import nn


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


class Small(Model):
    """Runs out of memory where a batch has more than 20 rows."""

    def training_step(self, batch, batch_idx):
        if len(batch["query_id"]) > 20:
            raise RuntimeError("CUDA out of memory.")
        return super().training_step(batch, batch_idx)


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
    data = tiny_module(folder, test_path=paths, predict_path=paths[1], transforms=transforms)
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


def test_the_batch_size_finder_of_lightning_changes_what_is_read(folder, tmp_path):
    data, model = tiny_module(folder), Small()
    run = trainer(max_epochs=1, default_root_dir=tmp_path)
    assert Tuner(run).scale_batch_size(model, datamodule=data) == 16
    assert data.batch_size == 16
    model.seen["train"].clear()
    run.fit(model, datamodule=data)
    rows = [numbers for _, _, numbers in model.seen["train"]]
    assert [len(numbers) for numbers in rows] == [16, 16, 16, 12]
    assert sorted(chain(*rows)) == list(range(USERS))


@pytest.mark.parametrize("step", [3, 8, 11])
def test_a_run_of_lightning_resumes_with_the_next_batch(folder, tmp_path, step):
    def batches(model):
        return [numbers for _, _, numbers in model.seen["train"]]

    def data():
        return tiny_module(
            folder, config={"train": {"generator": torch.Generator().manual_seed(5)}}
        )

    whole = Model()
    trainer(max_epochs=3).fit(whole, datamodule=data())
    stopped, resumed = Model(), Model()
    path = tmp_path / "stopped.ckpt"
    with pytest.raises(SystemExit):
        trainer(max_epochs=3, callbacks=[Stop(step, path)]).fit(stopped, datamodule=data())
    trainer(max_epochs=3).fit(resumed, datamodule=data(), ckpt_path=path)
    assert batches(stopped) + batches(resumed) == batches(whole)
