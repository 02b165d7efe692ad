"""Small runs of Lightning hand callbacks the very batches, and remember outputs."""

import logging

import pytest
import torch
from lightning.pytorch import Callback
from seqrec_tool_conformance.batches import worked_batch
from seqrec_tool_conformance.compare import assert_unchanged
from seqrec_tool_conformance.runs import STAGES, run


class Recorder(Callback):
    """Remembers the batches of each hook."""

    def __init__(self):
        self.batches = []

    def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
        self.batches.append(("fit", batch))

    def on_validation_batch_end(self, trainer, module, outputs, batch, batch_idx, loader=0):
        self.batches.append(("validate", batch))

    def on_test_batch_end(self, trainer, module, outputs, batch, batch_idx, loader=0):
        self.batches.append(("test", batch))

    def on_predict_batch_end(self, trainer, module, outputs, batch, batch_idx, loader=0):
        self.batches.append(("predict", batch))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_runs_over_every_batch_of_every_loader(stage):
    loaders, recorder = [[worked_batch(0), worked_batch(1)], [worked_batch(2)]], Recorder()
    module = run(stage, recorder, loaders)
    every = [batch for loader in loaders for batch in loader]
    evaluated = [("validate" if stage == "fit" else stage, batch) for batch in every]
    trained = [("fit", batch) for batch in loaders[0]] if stage == "fit" else []
    names = [name for name, _ in recorder.batches]
    assert sorted(names) == sorted(name for name, _ in trained + evaluated)
    assert {id(batch) for _, batch in recorder.batches} == {id(batch) for batch in every}
    assert len(module.outputs) == len(every)
    for output, before in module.outputs:
        assert_unchanged(output, before, "an output changed")


def test_a_run_leaves_the_random_state_and_the_logger_alone():
    state, level = torch.get_rng_state(), logging.getLogger("lightning.pytorch").level
    run("predict", Recorder(), [[worked_batch(0)]])
    assert torch.equal(torch.get_rng_state(), state)
    assert logging.getLogger("lightning.pytorch").level == level
