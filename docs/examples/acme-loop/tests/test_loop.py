"""The numbers, against a training written out by hand."""

import subprocess
import sys
from copy import deepcopy

import attrs
import pytest
import torch
from acme_loop.loop import Loop
from seqrec_core.contracts import Run
from seqrec_core.vocabulary import Vocabularies


class Line(torch.nn.Module):
    """Two scores: a weight, and its double."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        if self.training:
            return {"loss": ((self.weight * x - 1) ** 2).mean()}
        return {"logits": torch.stack([self.weight * x, 2 * self.weight * x], 1)}


@attrs.frozen
class Data:
    batches: list

    def loaders(self, split):
        return [self.batches]

    def transform(self, split, batch):
        return {**batch, "loss_weight": torch.tensor(3.0)} if split == "train" else dict(batch)

    def vocabularies(self):
        return Vocabularies()


class Sum:
    def reset(self, device):
        self.total = 0.0

    def update(self, batch, output):
        self.total += output["logits"].sum().item()

    def compute(self):
        return {"sum": self.total}


class Sgd:
    def create(self, parameters):
        return torch.optim.SGD(parameters, lr=0.01)


def loop(**changes):
    settings = {"max_epochs": 3, "patience": 5, "monitor": "sum", "device": "cpu", "seed": 0}
    return Loop(optimizer=Sgd(), metrics=Sum(), **{**settings, **changes})


def test_an_epoch_is_a_step_down_the_weighted_loss_of_each_batch():
    batches = [{"x": torch.tensor([0.5, 2.0])}, {"x": torch.tensor([-1.0])}]
    model, kept, logged, weight, expected = Line(), [], [], 1.0, []
    run = Run(
        model=model,
        data=Data(batches),
        keep=kept.append,
        log=lambda values, step: logged.append({**values, "step": step}),
    )
    outcome = loop().fit(run)
    for _ in range(3):
        losses = []
        for xs in ([0.5, 2.0], [-1.0]):
            losses.append(sum((weight * x - 1) ** 2 for x in xs) / len(xs))
            weight -= 0.01 * 3 * sum(2 * x * (weight * x - 1) for x in xs) / len(xs)
        expected.append((sum(losses) / 2, 3 * weight * 1.5))
    measured = [(row["train_loss"], row["sum"]) for row in outcome.rows]
    assert measured == [pytest.approx(pair, rel=1e-5) for pair in expected]
    assert [row["step"] for row in outcome.rows] == [2, 4, 6]
    assert logged == outcome.rows
    best = max(outcome.rows, key=lambda row: row["sum"])
    assert outcome.best == best
    assert kept[-1] == best


def test_it_stops_when_nothing_gets_better():
    data = Data([{"x": torch.tensor([0.1])}])  # each step makes the weight, and the sum, grow
    assert len(loop(max_epochs=9, patience=2).fit(Run(model=Line(), data=data)).rows) == 9
    data = Data([{"x": torch.tensor([2.0])}])  # each makes it smaller, so the first is the best
    assert len(loop(max_epochs=9, patience=2).fit(Run(model=Line(), data=data)).rows) == 3


def test_what_is_interrupted_goes_on_to_equal_weights(tmp_path):
    batches = [{"x": torch.tensor([0.5, 2.0])}]
    whole, part = Line(), Line()
    rows = loop().fit(Run(model=whole, data=Data(batches))).rows

    def stop(row):
        if row["epoch"] == 2:
            raise KeyboardInterrupt

    run = Run(model=part, data=Data(batches), folder=tmp_path, record=stop)
    assert loop().fit(run).interrupted
    resumed = deepcopy(Line())
    again = loop().fit(Run(model=resumed, data=Data(batches), folder=tmp_path), resume=True)
    assert torch.equal(resumed.weight, whole.weight)
    assert [row["sum"] for row in again.rows] == [row["sum"] for row in rows]


def test_it_runs_without_lightning():
    code = "import sys; sys.modules['lightning'] = None; import acme_loop.loop"
    subprocess.run([sys.executable, "-c", code], check=True)
