"""A tiny model, a stream that knows where it stands, and a trainer to run them."""

import io
import os
import signal
from pathlib import Path

import lightning
import torch
from rich.console import Console
from seqrec_optimizer_standard.adam import AdamFactory
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer

from seqrec_core.contracts import Outcome, Run
from seqrec_core.vocabulary import Vocabularies

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


class Data:
    """Trains on a stream, its labels replaced by noise; validates and tests on two batches."""

    def __init__(self) -> None:
        self.noise = Noise()

    def loaders(self, split):
        if split == "train":
            return [Stream()]
        return [torch.utils.data.DataLoader([batch(1000), batch(1001)], batch_size=None)]

    def transform(self, split, batch):
        return self.noise(batch) if split == "train" else batch

    def generators(self):
        return [self.noise.generator]

    def vocabularies(self):
        return Vocabularies()


class Batches:
    """Splits of ready batches, or of whatever else is a loader."""

    def __init__(self, **splits) -> None:
        self.splits = splits

    def loaders(self, split):
        return self.splits.get(split, ())

    def transform(self, split, batch):
        return batch

    def vocabularies(self):
        return Vocabularies()


def train_only() -> Batches:
    """Nothing to validate on."""
    return Batches(train=[Stream()])


class HitRate:
    """Share of right first guesses, or the next of `script`; a metric for any trainer."""

    def __init__(self, script=()) -> None:
        self.script = list(script)

    def reset(self, device) -> None:
        self.hits = torch.zeros(2, device=device)

    def update(self, batch, output) -> None:
        hits = output["logits"].argmax(1) == batch["positive_labels"]
        self.hits += torch.stack([hits.sum(), torch.tensor(len(hits))])

    def merge(self, total) -> None:
        self.hits = total(self.hits)

    def compute(self):
        return {"hit@1": self.script.pop(0) if self.script else float(self.hits[0] / self.hits[1])}


class InterruptAt(lightning.Callback):
    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_end(self, trainer, *_) -> None:
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGINT)


def tiny_trainer(*, metrics=None, seed=1, **settings) -> LightningTrainer:
    """A trainer for the tiny model; settings change those of a short run."""
    settings = {
        "optimizer": AdamFactory(lr=0.05),
        "monitor": "hit@1",
        "max_epochs": 3,
        "patience": None,
        "accelerator": "cpu",
        **settings,
    }
    return LightningTrainer(seed=seed, metrics=metrics or HitRate(), **settings)


def tiny_run(folder=None, data=None, *, model=None, console=None, **settings) -> Run:
    """A run of the tiny model that prints to nobody."""
    console = console or Console(file=io.StringIO())
    model = Model() if model is None else model  # a compiled one has no truth value
    data = data or Data()
    return Run(model=model, data=data, folder=folder, console=console, **settings)


def fit(trainer: LightningTrainer, folder: Path, data=None, *, resume=False, **run) -> Outcome:
    """What a fit goes through."""
    return trainer.fit(tiny_run(folder, data, **run), resume=resume)
