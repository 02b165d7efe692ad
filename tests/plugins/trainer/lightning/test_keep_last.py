"""The last checkpoint, and signals that ask a run to stop."""

import os
import signal
from types import SimpleNamespace

import lightning
import pytest
import torch
from seqrec_trainer_lightning.keep_last import InterruptedRunError, KeepLast
from tiny_runs import STEPS, InterruptAt, fit, tiny_trainer


@pytest.fixture(autouse=True)
def interruptible():
    """Ctrl-C as in a terminal: a shell that runs pytest in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_all_processes_stop_at_the_next_question_when_one_is_interrupted(tmp_path):
    last = KeepLast(tmp_path / "last.ckpt", ask_every=4)
    saved = []
    world = SimpleNamespace(
        strategy=SimpleNamespace(reduce_boolean_decision=lambda decision, all: decision or not all),
        is_last_batch=False,
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
    fit(tiny_trainer(max_epochs=1), tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(("step", "end"), [(5, 5), (6, 6), (STEPS, STEPS)])
def test_an_interruption_ends_the_run_after_the_batch_with_a_checkpoint(tmp_path, step, end):
    run = tiny_trainer(validate_every=0.5, callbacks=[InterruptAt(step)])
    assert fit(run, tmp_path).interrupted
    checkpoint = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=False)
    assert checkpoint["global_step"] == end
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_signal_stops_at_once(tmp_path):
    class Impatient(lightning.Callback):
        def on_train_batch_end(self, trainer, *_) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fit(tiny_trainer(callbacks=[Impatient()]), tmp_path)
    assert not (tmp_path / "checkpoints").exists()


def test_a_checkpoint_is_written_at_validations_and_at_the_end_of_epochs(tmp_path):
    steps = []

    class Watch(lightning.Callback):
        def on_save_checkpoint(self, trainer, module, checkpoint) -> None:
            steps.append(trainer.global_step)

    fit(tiny_trainer(validate_every=0.5, max_epochs=2, callbacks=[Watch()]), tmp_path)
    assert steps == [STEPS // 2, STEPS, 3 * STEPS // 2, 2 * STEPS]
