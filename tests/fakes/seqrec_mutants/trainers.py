"""Trainers: one is right, each of the others wrong in one way."""

import inspect
import random
from copy import deepcopy

import torch

from seqrec_core.contracts import Outcome


class Healthy:
    """A plain loop of Adam, which keeps weights, optimiser and epoch after each pass."""

    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def fit(self, run, *, resume=False):
        torch.manual_seed(self.seed())
        model, rows, first = self.trained(run.model), [], 0
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        checkpoint = run.folder / "last.pt"
        if resume:
            state = torch.load(checkpoint)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            torch.set_rng_state(state["random"])
            first = self.place(state)
        for epoch in range(first, self.max_epochs):
            loss = self.epoch(model.train(), optimizer, run.data)
            rows.append({"epoch": epoch + 1, "step": 2 * epoch + 2, "train_loss": loss})
            run.record(rows[-1])
            self.follow(run, rows[-1])
            run.folder.mkdir(exist_ok=True)
            torch.save(self.state(model, optimizer, epoch + 1), checkpoint)
        run.keep(rows[-1] if rows else {})
        return Outcome(self.told(rows), None)

    def follow(self, run, row):
        if run.log:
            run.log({"train_loss": row["train_loss"]}, row["step"])

    def seed(self):
        return 3

    def trained(self, model):
        return model

    def place(self, state):
        return state["epoch"]

    def told(self, rows):
        return rows

    def state(self, model, optimizer, epoch):
        return {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "epoch": epoch,
        }

    def epoch(self, model, optimizer, data):
        [loader] = data.loaders("train")
        for batch in loader:
            optimizer.zero_grad()
            loss = answered(model, data.transform("train", batch))["loss"]
            loss.backward()
            optimizer.step()
        return float(loss.detach())

    def evaluate(self, run, split):
        hits, users, model = 0, 0, self.evaluated(run.model)
        for loader in run.data.loaders(split):
            for batch in loader:
                columns = run.data.transform(split, batch)
                best = answered(model, columns)["logits"].argmax(1, keepdim=True)
                hits += int((best == columns["ground_truth"]).any(1).sum())
                users += len(best)
        return {"hitrate@1": hits / users}

    def evaluated(self, model):
        return model.eval()

    @torch.no_grad()
    def predict(self, run, writer):
        for loader in run.data.loaders("predict"):
            for batch in self.predicted(loader):
                columns = run.data.transform("predict", batch)
                writer.update(columns, answered(run.model.eval(), columns))

    def predicted(self, loader):
        return loader

    def is_main_process(self):
        return True


def answered(model, columns):
    """What a model makes of the columns that it has arguments for."""
    names = inspect.signature(model.forward).parameters
    return model(**{name: columns[name] for name in names if name in columns})


class HoldsALambda(Healthy):
    def __init__(self, max_epochs):
        super().__init__(max_epochs)
        self.schedule = lambda step: step


class SwallowsTypos(Healthy):
    def __init__(self, max_epochs, **options):
        super().__init__(max_epochs)


class ForgetsTheWeights(Healthy):
    """Trains a copy."""

    def trained(self, model):
        return deepcopy(model)


class DrawsAnew(Healthy):
    def seed(self):
        return random.randrange(2**30)


class ResumesFromTheStart(Healthy):
    def place(self, state):
        return 0


class ForgetsRandomNumbers(Healthy):
    """Those of dropout, that is."""

    def state(self, model, optimizer, epoch):
        fresh = torch.Generator().manual_seed(0).get_state()
        return {**super().state(model, optimizer, epoch), "random": fresh}


class KeepsRowsToItself(Healthy):
    def told(self, rows):
        return rows[1:]


class LearnsFromEvaluation(Healthy):
    def evaluated(self, model):
        with torch.no_grad():
            model.table.weight.add_(1)
        return model.eval()


class PredictsTwice(Healthy):
    def predicted(self, loader):
        return [*loader, *loader]


class WritesInEveryProcess(Healthy):
    def is_main_process(self):
        return None


class CannotPredict(Healthy):
    predict = None


class KeepsTrackersInTheDark(Healthy):
    def follow(self, run, row):
        if run.log:
            run.log({"train_loss": row["train_loss"]}, row["epoch"])
