"""Runs that stop, by a signal or by themselves, and go on."""

import signal
from types import SimpleNamespace

import pytest
import torch
from seqrec_scheduler_standard.factories import WarmupFactory
from seqrec_trainer_lightning.checkpoints import InterruptedRunError, KeepLast
from tiny_runs import HitRate, InterruptAt, fit, trainer


@pytest.mark.parametrize("ema_decay", [None, 0.9])
@pytest.mark.parametrize("step", [1, 6, 11, 12, 13, 18, 30])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, step, ema_decay):
    settings = {"validate_every": 0.5, "scheduler": WarmupFactory(20, 0.1), "ema_decay": ema_decay}
    whole, first, second = (trainer(**settings) for _ in range(3))
    expected = fit(whole, tmp_path / "whole")
    first.callbacks = (InterruptAt(step),)
    assert fit(first, tmp_path / "run").interrupted
    outcome = fit(second, tmp_path / "run", resume=True)
    assert torch.equal(whole.model.table, second.model.table)
    assert not outcome.interrupted
    assert [strip(row) for row in outcome.rows] == [strip(row) for row in expected.rows]
    assert strip(outcome.best) == strip(expected.best)
    assert len(expected.rows) == 6


def strip(row: dict) -> dict:
    return {k: v for k, v in row.items() if k not in ("seconds", "sequences_per_second")}


def test_all_processes_stop_at_the_next_question_when_one_is_interrupted(tmp_path):
    last = KeepLast(tmp_path / "last.ckpt", ask_every=4)
    saved = []
    progress = SimpleNamespace(batch_progress=SimpleNamespace(is_last_batch=False))
    world = SimpleNamespace(
        strategy=SimpleNamespace(reduce_boolean_decision=lambda own, all: own or not all),
        fit_loop=SimpleNamespace(epoch_loop=progress),
        val_check_batch=None,
        save_checkpoint=saved.append,
        world_size=2,
    )
    for batch in range(3):
        last.on_train_batch_end(world, None, None, None, batch)
    with pytest.raises(InterruptedRunError):
        last.on_train_batch_end(world, None, None, None, 3)
    assert last.interrupted
    assert saved == [last.path]


def test_signals_work_as_before_after_a_run(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    fit(trainer(max_epochs=1), tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_that_stopped_by_itself_trains_no_more_when_resumed(tmp_path):
    fit(trainer(metrics=HitRate([0.2, 0.1]), patience=1), tmp_path)
    again = fit(trainer(metrics=HitRate([0.9]), patience=1), tmp_path, resume=True)
    assert [row["epoch"] for row in again.rows] == [1, 2]
    more = fit(trainer(metrics=HitRate([0.9]), patience=2), tmp_path, resume=True)
    assert [row["epoch"] for row in more.rows] == [1, 2, 3]
