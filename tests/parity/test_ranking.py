"""Callbacks, postprocessors and the Lightning module, on given logits without ties."""

import lightning
import pytest
import torch
from comparison import FORWARD, absolute
from seqrec_callback_hidden_states.hidden_states import HiddenStatesCallback
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback
from seqrec_callback_polars.polars_frame import PolarsTopItemsCallback
from seqrec_callback_top_items.pandas_frame import PandasTopItemsCallback
from seqrec_callback_top_items.tensors import TorchTopItemsCallback
from seqrec_optimizer_standard.optimizer_factory import OptimizerFactory
from seqrec_postprocessor_seen.seen_items import SeenItemsFilter
from seqrec_scheduler_standard.step_lr import LRSchedulerFactory
from seqrec_trainer_lightning.lightning_module import LightningModule

ITEMS = 23
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*isinstance.treespec, LeafSpec.` is deprecated"),
    pytest.mark.filterwarnings("ignore:.*The number of training batches"),
    pytest.mark.filterwarnings("ignore:.*have no `val_dataloader`"),
]


class GivenLogits(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))

    def forward(self, logits, candidates_to_score=None):
        if self.training:
            return {"loss": (logits[:, :3] * self.weight).pow(2).mean(), "hidden_states": ()}
        if candidates_to_score is not None:
            logits = logits[:, candidates_to_score]
        return {"logits": logits, "hidden_states": (logits[:, None, :4], logits[:, None, 4:8])}


def loader(case):
    return torch.utils.data.DataLoader(case["batches"], batch_size=None)


def trainer(*callbacks, **settings):
    return lightning.Trainer(
        accelerator="cpu",
        callbacks=list(callbacks),
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        **settings,
    )


def filters(case):
    return [SeenItemsFilter(ITEMS)] if case["filtered"] else []


def seen_items(case):
    batch = case["batch"]
    if case["candidates"] is not None:
        batch = {**batch, "candidates_to_score": case["candidates"]}
    ours = getattr(SeenItemsFilter(ITEMS), case["stage"])(batch, case["logits"])
    assert torch.equal(ours, case["output"])
    return 0.0


def metrics(case):
    callback = ComputeMetricsCallback(case["metrics"], case["ks"], filters(case), ITEMS)
    loaders = [loader(case)] * case["loaders"]
    values = trainer(callback).test(LightningModule(GivenLogits()), loaders, verbose=False)
    ours = {name: value for each in values for name, value in each.items()}
    assert ours.keys() == case["output"].keys()
    return max(abs(ours[name] - value) for name, value in case["output"].items())


def predicted(case, callback):
    module = LightningModule(GivenLogits())
    module.candidates_to_score = case["candidates"]
    trainer(callback).predict(module, loader(case))
    return callback.get_result()


def tensors(case):
    ours = predicted(case, TorchTopItemsCallback(3, filters(case)))
    for tensor, expected in zip(ours, case["output"].values(), strict=True):
        assert torch.equal(tensor, expected)
    return 0.0


def frame(case):
    kind = {each.__name__: each for each in (PandasTopItemsCallback, PolarsTopItemsCallback)}
    made = predicted(case, kind[case["component"]](3, "user", "item", "score", filters(case)))
    assert {name: made[name].to_list() for name in made.columns} == case["output"]
    return 0.0


def hidden_states(case):
    return absolute(predicted(case, HiddenStatesCallback(1)), case["output"])


def training(case):
    schedule = case["schedule"] and LRSchedulerFactory(**case["schedule"])
    module = LightningModule(GivenLogits(), OptimizerFactory(**case["optimizer"]), schedule)
    trainer(max_epochs=3).fit(module, loader(case))
    return absolute(module.model.weight, case["output"])


CHECKS = {
    "SeenItemsFilter": seen_items,
    "ComputeMetricsCallback": metrics,
    "TorchTopItemsCallback": tensors,
    "PandasTopItemsCallback": frame,
    "PolarsTopItemsCallback": frame,
    "HiddenStatesCallback": hidden_states,
    "LightningModule": training,
}


def test_logits_become_what_the_reference_makes_of_them(case, record):
    name = case["component"]
    error = CHECKS[name](case)
    record(name, "forward", error)
    if name == "LightningModule":
        record("OptimizerFactory", "forward", error)
        if case["schedule"]:
            record("LRSchedulerFactory", "forward", error)
    assert error <= FORWARD
