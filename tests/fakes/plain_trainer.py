"""A trainer of a few lines of torch, as a stranger writes one."""

import torch
from seqrec_library_kernels.answers import Answers

from seqrec_core.contracts import Outcome
from seqrec_core.spec import CallbackSpec, TrainerSpec, component, param, spec


@spec
class PlainTrainerSpec(TrainerSpec):
    """SGD, a validation an epoch, the best weights kept."""

    target = "plain_trainer:PlainTrainer"
    metrics: CallbackSpec = component("seqrec-callback-metrics:metrics", help="what is measured")
    monitor: str = param("ndcg@10", help="what chooses the weights")
    epochs: int = param(6, ge=1, help="passes")

    def monitored(self):
        return self.monitor


class PlainTrainer:
    def __init__(self, metrics, monitor, epochs):
        self.metrics, self.monitor, self.epochs = metrics, monitor, epochs

    def fit(self, run, *, resume=False):
        optimizer, rows, best = torch.optim.SGD(run.model.parameters(), lr=5.0), [], None
        for epoch in range(1, self.epochs + 1):
            losses = []
            for batch in self._batches(run, "train"):
                loss = Answers(run.model.train())(batch)["loss"]
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            row = {"epoch": epoch, "step": epoch * len(losses), "train_loss": sum(losses)}
            rows.append(row | self.evaluate(run, "validate"))
            run.record(rows[-1])
            if best is None or rows[-1][self.monitor] > best[self.monitor]:
                best = rows[-1]
                run.keep(best)
        return Outcome(rows, best)

    def evaluate(self, run, split):
        self.metrics.reset(torch.device("cpu"))
        self._answer(run, split, self.metrics)
        return self.metrics.compute()

    def predict(self, run, writer):
        self._answer(run, "predict", writer)

    def is_main_process(self):
        return True

    @torch.no_grad()
    def _answer(self, run, split, watcher):
        answers = Answers(run.model.eval())
        for batch in self._batches(run, split):
            if run.candidates is not None:
                batch = {**batch, "candidates_to_score": run.candidates}
            watcher.update(batch, answers.deferred(batch))

    def _batches(self, run, split):
        for loader in run.data.loaders(split):
            for raw in loader:
                yield run.data.transform(split, raw)
