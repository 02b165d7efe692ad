"""Batches of any data module, as Lightning gets them: lists, iterables, DataLoaders."""

import io
from types import SimpleNamespace

import lightning
import pytest
import torch
from rich.console import Console
from seqrec_trainer_lightning.loaders import Loaders
from tiny_runs import Batches, Model, batch, fit, tiny_run, tiny_trainer

from seqrec_core.errors import DataError


class Iterated:
    """A loader that does not say how long it is."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        yield from self.batches


def data_loader(batches):
    return torch.utils.data.DataLoader(batches, batch_size=None)


LOADERS = {"list": list, "tuple": tuple, "iterable": Iterated, "DataLoader": data_loader}


@pytest.mark.parametrize("kind", LOADERS)
def test_whatever_yields_batches_is_a_loader(tmp_path, kind):
    class Places(list):
        def update(self, batch, output):
            self.append(output["logits"].shape)

    batches = LOADERS[kind]([batch(1), batch(2), batch(3)])
    data = Batches(train=[batches], validate=[batches], test=[batches], predict=[batches])
    model = Model()
    rows = fit(tiny_trainer(max_epochs=2), tmp_path, data, model=model).rows
    assert [(row["epoch"], row["step"]) for row in rows] == [(1, 3), (2, 6)]
    assert not torch.equal(model.table, Model().table)
    assert tiny_trainer().evaluate(tiny_run(data=data), "test").keys() == {"hit@1"}
    places = Places()
    tiny_trainer().predict(tiny_run(data=data), places)
    assert places == [(8, 20)] * 3


@pytest.mark.parametrize("is_terminal", [False, True])
def test_the_progress_of_an_epoch_of_unknown_length_is_shown(tmp_path, monkeypatch, is_terminal):
    for interval in ("REFRESH", "HEARTBEAT"):
        monkeypatch.setattr(f"seqrec_trainer_lightning.progress.{interval}", 0.0)
    screen = io.StringIO()
    data = Batches(train=[Iterated([batch(1), batch(2)])], validate=[Iterated([batch(3)])])
    console = Console(file=screen, force_terminal=is_terminal, width=140)
    fit(tiny_trainer(max_epochs=2), tmp_path, data, console=console)
    assert ("2/?" if is_terminal else "  2 batches  loss ") in screen.getvalue()
    assert "epoch 2" in screen.getvalue()


def test_several_validations_need_the_length_of_an_epoch(tmp_path):
    data = Batches(train=[Iterated([batch(1), batch(2)])], validate=[[batch(3)]])
    message = "'train' has no len: give it one, or set trainer.validate_every"
    with pytest.raises(DataError, match=message):
        fit(tiny_trainer(validate_every=0.5), tmp_path, data)


def test_a_generator_is_refused_before_its_second_pass_is_empty(tmp_path):
    data = Batches(train=[iter(batch(seed) for seed in (1, 2))])
    with pytest.raises(DataError, match="'train' is a generator, which ends after one pass"):
        fit(tiny_trainer(), tmp_path, data)


def test_a_fit_without_training_batches_says_which_split_is_missing(tmp_path):
    with pytest.raises(DataError, match="no loaders for 'train'"):
        fit(tiny_trainer(), tmp_path, Batches(validate=[[batch(1)]]))


def test_each_split_is_transformed_as_its_own(tmp_path):
    class Noted(Batches):
        splits_seen = ()

        def transform(self, split, batch):
            self.splits_seen = (*self.splits_seen, split)
            return dict(batch)

    loader = [[batch(1)]]
    data = Noted(train=loader, validate=loader, test=loader, predict=loader)
    fit(tiny_trainer(max_epochs=1), tmp_path, data)
    assert data.splits_seen == ("train", "validate")
    for split in ("validate", "test"):
        tiny_trainer().evaluate(tiny_run(data=data), split)
        assert data.splits_seen[-1] == split


def test_a_data_module_of_lightning_runs_where_it_has_the_protocol_too(tmp_path):
    class Own(Batches, lightning.LightningDataModule):
        def setup(self, stage):
            raise AssertionError("only the protocol counts")

    loader = [[batch(1)]]
    own = Own(train=loader, validate=loader)
    assert fit(tiny_trainer(max_epochs=1), tmp_path, own).best["hit@1"] >= 0


def test_batches_without_a_padding_mask_are_counted_by_their_first_tensor(tmp_path):
    class Bare(Model):
        def forward(self, items):
            logits = self.table[items[:, -1]] @ self.table.T
            return {"loss": logits.mean()} if self.training else {"logits": logits}

    rows = {"name": "train", "scale": torch.tensor(1.0), "items": torch.zeros(8, 3).long()}
    outcome = fit(tiny_trainer(), tmp_path, Batches(train=[[rows]]), model=Bare())
    assert outcome.rows[0]["sequences_per_second"] > 0


@pytest.mark.parametrize("size", [2, 3, 7])
def test_of_several_processes_each_evaluates_rows_that_no_other_one_does(size):
    rows = torch.utils.data.DataLoader(range(23), batch_size=4)
    own = Iterated([1, 2])
    seen, lengths = [], []
    for rank in range(size):
        loaders = Loaders(Batches(test=[rows, own]))
        loaders.trainer = SimpleNamespace(global_rank=rank, world_size=size)
        shared, other = loaders.test_dataloader()
        seen += [int(number) for batch in shared for number in batch]
        lengths.append(len(shared))
        assert list(other) == [1, 2]
    assert sorted(seen) == list(range(23))
    assert sum(lengths) == len(rows)
