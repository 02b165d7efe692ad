"""Rules across the fields of the trainer's spec, and its constructor, which has the same fields."""

import inspect

import pytest
import torch
from seqrec_optimizer_standard.specs import AdamSpec
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer
from seqrec_trainer_lightning.specs import LightningTrainerSpec

from seqrec_core.spec.fields import fields_of


def test_spec_and_trainer_have_the_same_settings_and_defaults():
    parameters = inspect.signature(LightningTrainer).parameters
    fields = {field.name: field.default for field in fields_of(LightningTrainerSpec)}
    assert set(parameters) == fields.keys() | set(LightningTrainerSpec.runtime)
    for name, parameter in parameters.items():
        if parameter.default is not inspect.Parameter.empty:
            assert fields[name] == parameter.default, name


def test_what_a_checkpoint_fixes_are_fields():
    names = {field.name for field in fields_of(LightningTrainerSpec)}
    assert set(LightningTrainerSpec.fixed_by_checkpoint) < names


def test_a_resumed_run_asks_the_spec_for_its_checkpoint(tmp_path):
    whole, cut = tmp_path / "whole.ckpt", tmp_path / "cut.ckpt"
    torch.save({"state": torch.zeros(100)}, whole)
    cut.write_bytes(whole.read_bytes()[:-30])
    spec = LightningTrainerSpec()
    assert spec.checkpoint == "checkpoints/last.ckpt"
    assert spec.checkpoint_fault(whole) is None
    assert spec.checkpoint_fault(cut) == "no end of the file"


def test_the_spec_says_what_chooses_weights_and_how_many_copies_there_are():
    spec = LightningTrainerSpec(monitor="map@5", ema_decay=0.9)
    assert (spec.monitored(), spec.weight_copies()) == ("map@5", 1)
    assert LightningTrainerSpec().weight_copies() == 0


def test_fused_gradients_are_not_clipped_while_they_are_scaled():
    def faults(**adam):
        settings = {"precision": "16-mixed", "gradient_clip_val": 1.0}
        return list(LightningTrainerSpec(optimizer=AdamSpec(**adam), **settings).check())

    assert [field for field, _ in faults()] == ["gradient_clip_val"]
    assert faults(fused=False) == []


@pytest.mark.parametrize("strategy", ["fsdp", "deepspeed_stage_2"])
def test_strategies_that_share_out_the_weights_are_refused(strategy):
    assert [name for name, _ in LightningTrainerSpec(strategy=strategy, ema_decay=0.9).check()] == [
        "ema_decay"
    ]
    assert list(LightningTrainerSpec(strategy=strategy).check()) == []
    assert list(LightningTrainerSpec(strategy="ddp", ema_decay=0.9).check()) == []


@pytest.mark.parametrize("strategy", ["ddp_fork", "ddp_spawn", "ddp_notebook"])
def test_strategies_that_lose_what_they_measure_are_refused(strategy):
    run = LightningTrainerSpec(strategy=strategy)
    assert [name for name, _ in run.check()] == ["strategy"]
    assert list(LightningTrainerSpec(strategy="ddp").check()) == []
