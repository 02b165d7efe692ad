"""What callbacks, postprocessors and the Lightning module make of given logits."""

import lightning
import torch
from recording import case, plain
from replay.nn.lightning import LightningModule
from replay.nn.lightning.callback import (
    ComputeMetricsCallback,
    HiddenStatesCallback,
    PandasTopItemsCallback,
    PolarsTopItemsCallback,
    TorchTopItemsCallback,
)
from replay.nn.lightning.optimizer import OptimizerFactory
from replay.nn.lightning.postprocessor import SeenItemsFilter
from replay.nn.lightning.scheduler import LRSchedulerFactory
from schemas import ITEMS

KS = [1, 3, 5]
METRICS = ["recall", "precision", "ndcg", "map", "mrr", "novelty", "coverage"]
OPTIMIZERS = (
    {},
    {"learning_rate": 0.1, "weight_decay": 0.1, "betas": (0.8, 0.9)},
    {"optimizer": "sgd", "learning_rate": 0.1, "sgd_momentum": 0.9, "weight_decay": 0.01},
)


class GivenLogits(torch.nn.Module):
    """Says what the batch says; in training, a loss that depends on one weight."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))

    def forward(self, logits, candidates_to_score=None):
        if self.training:
            return {"loss": (logits[:, :3] * self.weight).pow(2).mean(), "hidden_states": ()}
        if candidates_to_score is not None:
            logits = logits[:, candidates_to_score]
        return {"logits": logits, "hidden_states": (logits[:, None, :4], logits[:, None, 4:8])}


def cases(folder):
    for seed in range(4):
        torch.manual_seed(seed)
        batches = [batch_of(users) for users in (5, 5, 2)]
        yield from filters(seed, batches[0])
        yield from metrics(seed, batches)
        yield from top_items(seed, batches)
        yield from training(seed, batches)


def batch_of(users):
    """Distinct true items, at least one a user; padding is negative."""
    chosen = torch.rand(users, ITEMS).topk(9).indices
    truth, seen = chosen[:, :4].clone(), chosen[:, 4:].clone()
    truth[torch.arange(4) > torch.randint(4, (users, 1))] = -1
    seen[torch.arange(5) > torch.randint(5, (users, 1))] = ITEMS
    train = torch.randint(ITEMS, (users, 6))
    train[torch.arange(6) > torch.randint(6, (users, 1))] = -2
    logits = torch.rand(users, ITEMS).argsort().float()
    return {
        "query_id": torch.randperm(100)[:users],
        "logits": logits,
        "ground_truth": truth,
        "seen_ids": seen,
        "train": train,
    }


def filters(seed, batch):
    some = torch.randperm(ITEMS)[:8]
    for candidates in (None, some):
        seen = SeenItemsFilter(ITEMS)
        logits = batch["logits"]
        if candidates is not None:
            seen.candidates, logits = candidates, logits[:, candidates]
        for stage in ("on_validation", "on_prediction"):
            made = getattr(seen, stage)(batch, logits)
            content = {"batch": batch, "logits": logits, "candidates": candidates}
            yield case(
                "SeenItemsFilter", f"seed {seed}, {stage}", **content, stage=stage, output=made
            )


def run(callbacks, batches, stage, candidates=None, loaders=1, **settings):
    quiet = {
        "accelerator": "cpu",
        "logger": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
    }
    trainer = lightning.Trainer(callbacks=callbacks, **quiet)
    module = LightningModule(GivenLogits())
    module.candidates_to_score = candidates
    made = [
        torch.utils.data.DataLoader(plain_all(batches), batch_size=None) for _ in range(loaders)
    ]
    return getattr(trainer, stage)(module, made if loaders > 1 else made[0], **settings)


def plain_all(batches):
    return [plain(batch) for batch in batches]


def metrics(seed, batches):
    for loaders in (1, 2):
        for filtered in (False, True):
            processors = [SeenItemsFilter(ITEMS)] if filtered else []
            callback = ComputeMetricsCallback(METRICS, KS, processors, ITEMS)
            values = run([callback], batches, "test", loaders=loaders, verbose=False)
            merged = {name: value for each in values for name, value in each.items()}
            content = {"batches": batches, "metrics": METRICS, "ks": KS, "filtered": filtered}
            label = f"seed {seed}, {loaders} loaders, filtered={filtered}"
            yield case("ComputeMetricsCallback", label, **content, loaders=loaders, output=merged)


def top_items(seed, batches):
    for candidates in (None, torch.randperm(ITEMS)[:11]):
        for filtered in (False, True):
            content = {"batches": batches, "candidates": candidates, "filtered": filtered}
            label = f"seed {seed}, filtered={filtered}, candidates={candidates is not None}"
            processors = [SeenItemsFilter(ITEMS)] if filtered else []
            columns = (3, "user", "item", "score", processors)
            torch_, pandas, polars = (
                TorchTopItemsCallback(3, processors),
                PandasTopItemsCallback(*columns),
                PolarsTopItemsCallback(*columns),
            )
            states = HiddenStatesCallback(1)
            run([torch_, pandas, polars, states], batches, "predict", candidates)
            made = dict(zip(("users", "items", "scores"), torch_.get_result(), strict=True))
            yield case("TorchTopItemsCallback", label, **content, output=made)
            frame = pandas.get_result()
            made = {name: numbers(frame[name]) for name in frame.columns}
            yield case("PandasTopItemsCallback", label, **content, output=made)
            made = polars.get_result().to_dict(as_series=False)
            yield case("PolarsTopItemsCallback", label, **content, output=made)
            yield case("HiddenStatesCallback", label, **content, output=states.get_result())


def numbers(column):
    """The reference's columns hold objects: numpy's numbers, or Python's."""
    return [getattr(each, "item", lambda each=each: each)() for each in column]


def training(seed, batches):
    """The weights after three epochs, with each optimiser, with and without a schedule."""
    for settings in OPTIMIZERS:
        for schedule in (None, {"decay_step": 1, "gamma": 0.5}):
            module = LightningModule(
                GivenLogits(),
                OptimizerFactory(**settings),
                schedule and LRSchedulerFactory(**schedule),
            )
            trainer = lightning.Trainer(
                accelerator="cpu",
                max_epochs=3,
                logger=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                enable_checkpointing=False,
            )
            trainer.fit(module, torch.utils.data.DataLoader(plain_all(batches), batch_size=None))
            content = {"batches": batches, "optimizer": settings, "schedule": schedule}
            yield case("LightningModule", f"seed {seed}", **content, output=module.model.weight)
