"""Rules across the fields of the trainer's spec, and its constructor, which has the same fields."""

import inspect

import pytest
import torch
from seqrec_callback_metrics.specs import MetricsSpec
from seqrec_optimizer_standard.specs import AdamSpec
from seqrec_trainer_lightning.lightning_trainer import LightningTrainer
from seqrec_trainer_lightning.specs import LightningTrainerSpec

from seqrec_core.spec import CallbackSpec, spec
from seqrec_core.spec.fields import fields_of


@spec
class LossesSpec(CallbackSpec):
    """Measures a loss."""

    def measures(self):
        return ("val_loss", "auc")

    def smaller_is_better(self):
        return ("val_loss",)


@spec
class UnknownSpec(CallbackSpec):
    """Measures what it does not say beforehand."""

    def measures(self):
        return None


@spec
class SilentSpec(CallbackSpec):
    """Says nothing."""

    def measures(self):
        return ()


def monitor_faults(monitor, mode="max", **settings):
    return dict(LightningTrainerSpec(monitor=monitor, mode=mode, **METRICS | settings).check())


METRICS = {"metrics": MetricsSpec(item_count=9, metrics=("recall", "ndcg"), ks=(10, 20))}


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
        return list(LightningTrainerSpec(optimizer=AdamSpec(**adam), **METRICS, **settings).check())

    assert [field for field, _ in faults()] == ["gradient_clip_val"]
    assert faults(fused=False) == []


@pytest.mark.parametrize("strategy", ["fsdp", "deepspeed_stage_2"])
def test_strategies_that_share_out_the_weights_are_refused(strategy):
    assert [
        name
        for name, _ in LightningTrainerSpec(strategy=strategy, ema_decay=0.9, **METRICS).check()
    ] == ["ema_decay"]
    assert list(LightningTrainerSpec(strategy=strategy, **METRICS).check()) == []
    assert list(LightningTrainerSpec(strategy="ddp", ema_decay=0.9, **METRICS).check()) == []


@pytest.mark.parametrize("strategy", ["ddp_fork", "ddp_spawn", "ddp_notebook"])
def test_strategies_that_lose_what_they_measure_are_refused(strategy):
    run = LightningTrainerSpec(strategy=strategy, **METRICS)
    assert [name for name, _ in run.check()] == ["strategy"]
    assert list(LightningTrainerSpec(strategy="ddp", **METRICS).check()) == []


@pytest.mark.parametrize(
    ("monitor", "nearest"),
    [
        ("ndcg@11", "ndcg@10"),
        ("NDCG@20", "ndcg@20"),
        ("recall@100", "recall@10"),
        ("trainloss", "train_loss"),
        ("ndcg@11/dataloader_idx_1", "ndcg@10"),
    ],
)
def test_a_monitor_that_nothing_measures_is_a_fault_with_the_nearest_name(monitor, nearest):
    faults = monitor_faults(monitor)
    assert list(faults) == ["monitor"]
    assert f"did you mean '{nearest}'?" in faults["monitor"]
    assert "train_loss, recall@10, recall@20, ndcg@10, ndcg@20" in faults["monitor"]


def test_what_is_measured_may_be_monitored_also_of_one_of_several_loaders():
    assert monitor_faults("ndcg@20") == monitor_faults("recall@10/dataloader_idx_12") == {}
    assert monitor_faults("auc", callbacks=(LossesSpec(),)) == {}
    assert list(monitor_faults("auc")) == ["monitor"]


@pytest.mark.parametrize(
    ("monitor", "right", "wrong"),
    [
        ("train_loss", "min", "max"),
        ("val_loss", "min", "max"),
        ("auc", "max", "min"),
        ("ndcg@10", "max", "min"),
        ("ndcg@10/dataloader_idx_0", "max", "min"),
    ],
)
def test_the_direction_is_that_of_the_monitored_metric(monitor, right, wrong):
    assert monitor_faults(monitor, right, callbacks=(LossesSpec(),)) == {}
    faults = monitor_faults(monitor, wrong, callbacks=(LossesSpec(), UnknownSpec()))
    assert list(faults) == ["mode"]
    assert f'set trainer.mode to "{right}"' in faults["mode"]


@pytest.mark.parametrize("mode", ["min", "max"])
def test_where_measures_are_not_known_nothing_is_guessed(mode):
    assert monitor_faults("ndcg@11", mode, callbacks=(UnknownSpec(),)) == {}
    assert monitor_faults("ndcg@11", mode, metrics=UnknownSpec()) == {}
    assert monitor_faults("ndcg@11", mode, metrics=SilentSpec()) == {}
    faults = monitor_faults("ndcg@11", callbacks=(SilentSpec(),))
    assert faults["monitor"].endswith("or name it in measures() of the callback's spec")
