"""Groups of batches that make one step: a short last one counts as much as its batches."""

import os
import signal

import lightning
import pytest
import torch
from seqrec_optimizer_standard.adam import AdamFactory
from seqrec_optimizer_standard.sgd import SGDFactory
from tiny_runs import ITEMS, Batches, Data, Model, batch, fit, tiny_trainer
from torch.nn.functional import cross_entropy


class Plain(torch.nn.Module):
    """Scores items by the last one, without dropout; its table may have row-sparse gradients."""

    def __init__(self, sparse=False):
        super().__init__()
        self.table = torch.nn.Embedding(ITEMS, 4, sparse=sparse)
        with torch.no_grad():
            self.table.weight.copy_(torch.randn(ITEMS, 4, generator=torch.manual_seed(0)))
        self.out = torch.nn.Linear(4, ITEMS)
        torch.nn.init.eye_(self.out.weight)

    def forward(self, feature_tensors, padding_mask, positive_labels=None):
        logits = self.out(self.table(feature_tensors["item_id"][:, -1]))
        if self.training:
            return {"loss": cross_entropy(logits, positive_labels)}
        return {"logits": logits, "hidden_states": ()}


def batches_of(sizes):
    """300 rows in batches of these sizes."""
    whole = [batch(seed) for seed in range(38)]
    items = torch.cat([each["feature_tensors"]["item_id"] for each in whole])[:300]
    labels = torch.cat([each["positive_labels"] for each in whole])[:300]
    parts = zip(items.split(sizes), labels.split(sizes), strict=True)
    return [
        {
            "feature_tensors": {"item_id": some},
            "padding_mask": torch.ones(len(some), 3, dtype=torch.bool),
            "positive_labels": targets,
        }
        for some, targets in parts
    ]


def rows(size):
    return batches_of([size] * (300 // size))


class NoLength:
    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def trained(batches, accumulate, *, sparse=False, epochs=1, **settings):
    model = Plain(sparse)
    settings = {"optimizer": SGDFactory(lr=0.1), **settings}
    trainer = tiny_trainer(accumulate_grad_batches=accumulate, max_epochs=epochs, **settings)
    fit(trainer, None, Batches(train=[batches]), model=model)
    return weights(model) - weights(Plain())


@pytest.mark.parametrize(
    ("size", "accumulate", "sizes"),
    [
        (100, 3, [300]),
        (75, 4, [300]),
        (100, 2, [200, 100]),
        (60, 4, [240, 60]),
        (30, 100, [300]),
    ],
)
def test_every_group_is_a_step_of_the_mean_of_its_batches(size, accumulate, sizes):
    change, expected = trained(rows(size), accumulate), trained(batches_of(sizes), 1)
    torch.testing.assert_close(change, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"gradient_clip_val": 1e-3},
        {"optimizer": AdamFactory(lr=0.01)},
        {"sparse": True},
        {"precision": "bf16-mixed"},
    ],
)
@pytest.mark.parametrize("loader", [list, NoLength])
def test_the_step_is_that_of_one_batch_also_where_nobody_knows_the_length(settings, loader):
    settings = {"epochs": 2, **settings}
    change = trained(loader(rows(60)), 100, **settings)
    expected = trained(rows(300), 1, **settings)
    tolerance = 2e-2 if "precision" in settings else 1e-4
    assert float((change - expected).norm() / expected.norm()) < tolerance


class InterruptAtBatch(lightning.Callback):
    def __init__(self, number):
        self.left = number

    def on_train_batch_end(self, *_):
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("stop", [1, 3, 4, 5, 6, 11])
@pytest.mark.parametrize("validate_every", [1.0, 0.5])
def test_a_group_that_was_interrupted_goes_on_exactly(tmp_path, stop, validate_every):
    def run(folder, model, resume=False, callbacks=()):
        trainer = tiny_trainer(
            accumulate_grad_batches=5,
            max_epochs=2,
            gradient_clip_val=0.1,
            validate_every=validate_every,
            callbacks=callbacks,
        )
        return fit(trainer, folder, Data(), model=model, resume=resume)

    whole, second = Model(), Model()
    run(tmp_path / "whole", whole)
    assert run(tmp_path / "cut", Model(), callbacks=[InterruptAtBatch(stop)]).interrupted
    run(tmp_path / "cut", second, resume=True)
    assert torch.equal(whole.table, second.table)


class Shifted:
    """A stream that goes on with the same batches, and calls them `shift` numbers higher."""

    def __init__(self, shift=0):
        self.place, self.shift = 0, shift

    def __len__(self):
        return 10 + self.shift

    def __iter__(self):
        for rest in rows(30)[self.place :]:
            self.place += 1
            yield rest

    def state_dict(self):
        return {"batch": self.place + self.shift}

    def load_state_dict(self, state):
        self.place = state["batch"]


@pytest.mark.parametrize("clip", [None, 1e-2])
@pytest.mark.parametrize(
    ("shift", "sizes"),
    [
        (0, [150, 150]),
        (1, [120, 150, 30]),
        (2, [240, 60]),
        (-1, [180, 120]),
        (-3, [240, 60]),
    ],
)
def test_a_group_that_goes_on_elsewhere_is_a_step_of_the_mean_of_its_batches(
    tmp_path, shift, sizes, clip
):
    def run(shift=0, resume=False, callbacks=()):
        model = Plain()
        settings = {"optimizer": SGDFactory(lr=0.1), "gradient_clip_val": clip}
        trainer = tiny_trainer(
            accumulate_grad_batches=5, max_epochs=1, callbacks=callbacks, **settings
        )
        data = Batches(train=[Shifted(shift)])
        fit(trainer, tmp_path / "run", data, model=model, resume=resume)
        return weights(model) - weights(Plain())

    run(callbacks=[InterruptAtBatch(3)])
    expected = trained(batches_of(sizes), 1, gradient_clip_val=clip)
    torch.testing.assert_close(run(shift, resume=True), expected, rtol=1e-4, atol=1e-6)
