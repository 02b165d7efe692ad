"""A trainer in plain torch: epochs, metrics, a checkpoint after each."""

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import torch
from seqrec_core import contracts
from seqrec_core.contracts import Outcome, Row, Run
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.unwrap import unwrap


@attrs.frozen
class Loop:
    """Trains until the monitored metric gets no better; rows of the history say how far it is."""

    max_epochs: int
    patience: int
    monitor: str
    device: str
    optimizer: contracts.BaseOptimizerFactory
    metrics: contracts.MetricProto
    seed: int

    def is_main_process(self) -> bool:
        """There is one process."""
        return True

    def fit(self, run: Run, *, resume: bool = False) -> Outcome:
        """Trains the model of the run; with `resume` from the checkpoint in its folder."""
        torch.manual_seed(self.seed)  # dropout draws from torch
        (loader,) = run.data.loaders("train")
        batches = partial(self._batches, run, "train", loader)
        model, rows = unwrap(run.model.to(self.device)), list[Row]()
        if isinstance(model, contracts.ClosedForm) and model.fit_closed_form(batches()):
            return self._outcome(run, [self._told(run, [], {"epoch": 1.0, "step": 0.0})])
        optimizer, answers = self.optimizer.create(run.model.parameters()), Answers(run.model)
        parts: dict[str, Any] = {"model": run.model, "optimizer": optimizer}
        parts |= {"loader": loader} if isinstance(loader, contracts.Resumable) else {}
        draws = [torch.default_generator, *torch.cuda.default_generators]
        draws += run.data.generators() if isinstance(run.data, contracts.DrawsNumbers) else ()
        path = run.folder / "last.pt" if run.folder else None
        if path and resume:
            rows = _load(path, parts, draws)
        try:
            while len(rows) < min(self.max_epochs, self._patient_until(rows)):
                row = self._epoch(answers, optimizer, batches(), rows)
                rows.append(self._told(run, rows, row))
                if path:
                    _save(path, parts, draws, rows)
        except KeyboardInterrupt:
            return Outcome(rows, self._best(rows), interrupted=True)
        return self._outcome(run, rows)

    @torch.inference_mode()
    def evaluate(self, run: Run, split: str) -> dict[str, float]:
        """What the metrics measure on a split, on all its files together."""
        answers, loaders = Answers(run.model.to(self.device).eval()), run.data.loaders(split)
        self.metrics.reset(torch.device(self.device))
        for loader in loaders:
            for batch in self._batches(run, split, loader):
                self.metrics.update(batch, answers.deferred(batch))
        return self.metrics.compute() if loaders else {}

    @torch.inference_mode()
    def predict(self, run: Run, writer: contracts.WriterProto) -> None:
        """Gives the writer every batch of predict with the answer to it."""
        answers = Answers(run.model.to(self.device).eval())
        for loader in run.data.loaders("predict"):
            for batch in self._batches(run, "predict", loader):
                writer.update(batch, answers.deferred(batch))

    def _batches(self, run: Run, split: str, loader: Any) -> Iterator[dict[str, Any]]:
        """Batches on the device, transformed; in evaluation with the candidates of the run."""
        candidates = None if split == "train" else run.candidates
        more = {} if candidates is None else {"candidates_to_score": candidates.to(self.device)}
        for raw in loader:
            there = {name: column.to(self.device) for name, column in raw.items()}
            yield {**more, **run.data.transform(split, there)}

    def _epoch(self, answers: Answers, optimizer: Any, batches: Any, rows: list[Row]) -> Row:
        """Trains on every batch once; the row after these, without what is measured."""
        answers.model.train()
        losses = list[torch.Tensor]()
        for batch in batches:
            loss: torch.Tensor = {**answers(batch)}["loss"]  # type: ignore[assignment]
            optimizer.zero_grad()
            (loss * batch.get("loss_weight", 1.0)).backward()
            optimizer.step()
            losses.append(loss.detach())
        step, mean = (rows[-1]["step"] if rows else 0.0) + len(losses), torch.stack(losses).mean()
        return {"epoch": len(rows) + 1.0, "step": step, "train_loss": float(mean)}

    def _told(self, run: Run, rows: list[Row], row: Row) -> Row:
        """The row of an epoch with what is measured after it; the run is told of it."""
        row |= self.evaluate(run, "validate")
        run.record(row)
        if run.log:
            run.log({name: row[name] for name in row if name != "step"}, int(row["step"]))
        run.console.print(f"{row['epoch']:g}: {self.monitor} {row.get(self.monitor, math.nan):.4f}")
        if self._best([*rows, row]) is row:
            run.keep(row)
        return row

    def _outcome(self, run: Run, rows: list[Row]) -> Outcome:
        """What came of a run; where nothing was measured its last weights are kept."""
        if self._best(rows) is None:
            run.keep(rows[-1])
        return Outcome(rows, self._best(rows))

    def _patient_until(self, rows: list[Row]) -> float:
        return (self._best(rows) or {"epoch": math.inf})["epoch"] + self.patience

    def _best(self, rows: list[Row]) -> Row | None:
        """The first row in which the monitored metric is the highest."""
        measured = [row for row in rows if not math.isnan(row.get(self.monitor, math.nan))]
        return max(measured, key=lambda row: row[self.monitor], default=None)


def _save(path: Path, parts: dict[str, Any], draws: list[torch.Generator], rows: Any) -> None:
    """Writes what a run goes on from, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {name: part.state_dict() for name, part in parts.items()} | {"rows": rows}
    state["random"] = [generator.get_state() for generator in draws]
    torch.save(state, path.with_suffix(".draft"))
    path.with_suffix(".draft").replace(path)


def _load(path: Path, parts: dict[str, Any], draws: list[torch.Generator]) -> list[Row]:
    """Puts everything back to where the checkpoint is; the rows until then."""
    state = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    for generator, before in zip(draws, state["random"], strict=True):
        generator.set_state(before)
    return list(state["rows"])
