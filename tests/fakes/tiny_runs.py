"""A tiny model, a stream that knows where it stands, and a trainer to run them."""

import io
import os
import signal
from pathlib import Path

import lightning
import torch
from rich.console import Console
from seqrec_optimizer_standard.adam import AdamFactory
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer, Outcome

ITEMS, STEPS = 20, 12


class Model(torch.nn.Module):
    """Scores items by the last one; dropout makes training depend on random numbers."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table = torch.nn.Parameter(torch.randn(ITEMS, 4, generator=generator))

    def forward(self, feature_tensors, padding_mask, positive_labels=None):
        hidden = self.table[feature_tensors["item_id"][:, -1]]
        logits = torch.dropout(hidden, 0.3, self.training) @ self.table.T
        if self.training:
            return {"loss": torch.nn.functional.cross_entropy(logits, positive_labels)}
        return {"logits": logits, "hidden_states": ()}


def batch(seed: int) -> dict:
    items = torch.randint(ITEMS, (8, 3), generator=torch.Generator().manual_seed(seed))
    return {
        "feature_tensors": {"item_id": items},
        "padding_mask": torch.ones(8, 3, dtype=torch.bool),
        "positive_labels": (items[:, -1] + 1) % ITEMS,
    }


class Stream:
    """Other batches in every epoch; its state is the number of the batch to come."""

    def __init__(self) -> None:
        self.place = 0

    def __len__(self) -> int:
        return STEPS

    def __iter__(self):
        for _ in range(self.place % STEPS, STEPS):
            self.place += 1
            yield batch(self.place)

    def state_dict(self) -> dict:
        return {"place": self.place}

    def load_state_dict(self, state: dict) -> None:
        self.place = state["place"]


class Noise(torch.nn.Module):
    """Replaces labels by random ones, drawn by its generator."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(5)

    def forward(self, batch):
        labels = torch.randint(ITEMS, (8,), generator=self.generator)
        return {**batch, "positive_labels": labels}


class Data(lightning.LightningDataModule):
    def __init__(self) -> None:
        super().__init__()
        self.transforms = {"train": torch.nn.Sequential(Noise())}

    def train_dataloader(self):
        return Stream()

    def on_after_batch_transfer(self, batch, dataloader_idx):
        return self.transforms["train"](batch) if self.trainer.training else batch

    def val_dataloader(self):
        return torch.utils.data.DataLoader([batch(1000), batch(1001)], batch_size=None)

    test_dataloader = val_dataloader


class TrainOnly(lightning.LightningDataModule):
    def train_dataloader(self):
        return Stream()


class HitRate(lightning.Callback):
    """Share of right first guesses, or the next of `script`."""

    def __init__(self, script=()) -> None:
        self.script = list(script)

    def on_validation_epoch_start(self, *_) -> None:
        self.hits: list = []

    def on_validation_batch_end(self, trainer, module, outputs, batch, *_) -> None:
        self.hits.append(outputs["logits"].argmax(1) == batch["positive_labels"])

    def on_validation_epoch_end(self, trainer, module) -> None:
        value = torch.cat(self.hits).float().mean()
        module.log("hit@1", self.script.pop(0) if self.script else value)

    on_test_epoch_start = on_validation_epoch_start
    on_test_batch_end = on_validation_batch_end
    on_test_epoch_end = on_validation_epoch_end


class InterruptAt(lightning.Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_end(self, trainer, *_) -> None:
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def tiny_trainer(*, metrics=None, seed=1, **settings) -> LightningTrainer:
    """A trainer of the tiny model; settings change those of a short run."""
    settings = {
        "optimizer": AdamFactory(lr=0.05),
        "monitor": "hit@1",
        "max_epochs": 3,
        "patience": None,
        "tensorboard": False,
        "accelerator": "cpu",
        **settings,
    }
    return LightningTrainer(model=Model(), seed=seed, metrics=metrics or HitRate(), **settings)


def fit(trainer: LightningTrainer, out: Path, data=None, *, resume=False, console=None) -> Outcome:
    """What a fit goes through that keeps nothing and prints to nobody."""
    console = console or Console(file=io.StringIO())
    return trainer.fit(data or Data(), out, lambda row: None, console, resume)
