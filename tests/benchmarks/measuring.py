"""How either side measures, and how it answers; nothing here knows which side it is."""

import argparse
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import lightning
import torch
from rows import row


class Stopwatch(lightning.Callback):
    """Seconds from the second batch to the end of the epoch, callbacks before it included."""

    def __init__(self):
        self.seconds = 0.0

    def start(self, trainer, module, batch, batch_idx, dataloader_idx=0):
        if batch_idx == 1:
            self.seconds = -time.perf_counter()

    def stop(self, trainer, module):
        self.seconds += time.perf_counter()

    on_validation_batch_start = on_predict_batch_start = start
    on_validation_epoch_end = on_predict_epoch_end = stop


def evaluated(module, batches, callback, stage):
    """Seconds for all batches but the first, and what the trainer returns."""
    watch = Stopwatch()
    trainer = lightning.Trainer(
        accelerator="cpu",
        callbacks=[callback, watch],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    loader = torch.utils.data.DataLoader(batches, batch_size=None)
    options = {"return_predictions": False} if stage == "predict" else {"verbose": False}
    results = getattr(trainer, stage)(module, loader, **options)
    return watch.seconds, results


def comparable(metrics):
    """Values by name, without coverage: the reference counts some items in wrong bins."""
    return [metrics[name] for name in sorted(metrics) if not name.startswith("coverage")]


def trained(model, optimizer, batches):
    """Seconds of a step with each batch but the first: forward, backward, update."""
    seconds = 0.0
    for number, batch in enumerate(batches):
        weight = batch.get("loss_weight")
        tensors = {name: value for name, value in batch.items() if name != "loss_weight"}
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = model(**tensors)["loss"]
        (loss if weight is None else loss * weight).backward()
        optimizer.step()
        seconds += (time.perf_counter() - start) * (number > 0)
    return seconds


def repeated(call: Callable[[], object], times: int) -> float:
    """Seconds of a call, on average, after one that does not count."""
    call()
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def streamed(batches: Iterable[dict], steps: int | None) -> float:
    """Rows a second, of the whole epoch or of some batches after the first."""
    start, rows = time.perf_counter(), 0
    for number, batch in enumerate(batches):
        if steps is not None and number == 0:
            start = time.perf_counter()
            continue
        rows += len(batch["item_id"])
        if number == steps:
            break
    return rows / (time.perf_counter() - start)


def megabytes() -> float:
    """Peak of the resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def work(sides: dict[str, Callable]) -> None:
    """Measures one row, again for each line that comes in, and answers with a line of JSON.

    A side is a generator: it yields a figure and what else is worth telling; the first time also
    the answers to compare. With the first goes the memory before, and at most, in megabytes.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("row")
    parser.add_argument("folder", type=Path, help="what the two sides share")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # for whatever else prints
    subject = row(options.row)
    before = megabytes()
    for figure in sides[subject.kind](subject, options.folder):
        answer = {**figure, "before": before, "peak": megabytes()}
        print(json.dumps(answer), file=answers, flush=True)
        if not sys.stdin.readline():
            return
