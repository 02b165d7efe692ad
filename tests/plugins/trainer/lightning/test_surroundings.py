"""A process is as it was after a run, however that came to its end."""

import gc
import os
import signal
import sys
import threading
import warnings
import weakref

import lightning
import pytest
import torch
from seqrec_trainer_lightning.surroundings import same_surroundings
from tiny_runs import Batches, Model, fit, tiny_run, tiny_trainer

from seqrec_core.errors import DataError

STAGES = ("setup", "on_fit_start", "on_train_start", "on_train_batch_end", "on_validation_end")


def surroundings():
    """What a run must leave as it was."""
    return {
        "handlers": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "environment": dict(os.environ),
        "filters": list(warnings.filters),
        "torch": (
            torch.is_grad_enabled(),
            torch.get_num_threads(),
            torch.get_default_dtype(),
            torch.backends.cudnn.benchmark,
            torch.is_anomaly_enabled(),
            torch.is_inference_mode_enabled(),
        ),
        "hooks": (sys.excepthook, threading.excepthook, sys.stdout, sys.stderr),
    }


def holdings():
    """File handles, threads and those of Python."""
    handles, threads = (len(os.listdir(f"/proc/self/{name}")) for name in ("fd", "task"))
    return handles, threads, threading.active_count()


@pytest.mark.parametrize("fault", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("stage", STAGES)
def test_an_exception_at_any_stage_leaves_all_as_it_was(tmp_path, stage, fault):
    def fail(*_, **__):
        raise fault

    callback = type("Failing", (lightning.Callback,), {stage: fail})()
    before = surroundings()
    with pytest.raises((fault, SystemExit)):
        fit(tiny_trainer(callbacks=[callback]), tmp_path)
    assert surroundings() == before


def test_a_run_that_ends_before_its_training_leaves_all_as_it_was(tmp_path):
    before = surroundings()
    with pytest.raises(DataError):
        fit(tiny_trainer(), tmp_path, Batches())
    fit(tiny_trainer(max_epochs=1), tmp_path)
    tiny_trainer().evaluate(tiny_run(), "test")
    assert surroundings() == before


def test_settings_that_change_inside_are_put_back(monkeypatch):
    monkeypatch.setenv("PL_GLOBAL_SEED", "7")
    before = surroundings()
    with same_surroundings():
        signal.signal(signal.SIGTERM, lambda *_: None)
        os.environ["PL_GLOBAL_SEED"] = "8"
        os.environ["PL_SEED_WORKERS"] = "1"
        torch.set_grad_enabled(False)
    assert surroundings() == before


def test_a_fit_from_another_thread_trains_and_touches_no_signals(tmp_path):
    before, one, other = surroundings(), Model(), Model()
    thread = threading.Thread(
        target=fit, args=(tiny_trainer(), tmp_path / "a"), kwargs={"model": one}
    )
    thread.start()
    thread.join()
    assert surroundings() == before
    fit(tiny_trainer(), tmp_path / "b", model=other)
    assert torch.equal(one.table, other.table)


def test_rounds_of_work_keep_no_model_no_handle_and_no_thread(tmp_path):

    alive, held, objects = [], [], []
    for number in range(6):
        model, trainer = Model(), tiny_trainer(max_epochs=1)
        alive += [weakref.ref(model), weakref.ref(trainer)]
        fit(trainer, tmp_path / str(number), model=model)
        run = tiny_run(model=model)
        trainer.evaluate(run, "validate")
        trainer.evaluate(run, "test")
        del model, trainer, run
        gc.collect()
        held.append(holdings())
        objects.append(len(gc.get_objects()))
    assert [reference() for reference in alive] == [None] * 12
    assert held[2:] == held[2:3] * 4
    assert (objects[-1] - objects[2]) / 3 < 50
