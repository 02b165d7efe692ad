"""Runs that are interrupted and go on draw and read what an uninterrupted one does."""

import io

import pytest
import torch
from rich.console import Console
from seqrec_scheduler_standard.warmup import WarmupFactory
from seqrec_trainer_lightning.resume import KEY, draw_apart, shared
from tiny_runs import InterruptAt, Model, fit, tiny_trainer


@pytest.mark.parametrize("ema_decay", [None, 0.9])
@pytest.mark.parametrize("step", [1, 6, 11, 12, 13, 18, 30])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, step, ema_decay):
    settings = {"validate_every": 0.5, "scheduler": WarmupFactory(20, 0.1), "ema_decay": ema_decay}
    whole, second = Model(), Model()
    expected = fit(tiny_trainer(**settings), tmp_path / "whole", model=whole)
    stopped = tiny_trainer(callbacks=[InterruptAt(step)], **settings)
    assert fit(stopped, tmp_path / "run").interrupted
    outcome = fit(tiny_trainer(**settings), tmp_path / "run", model=second, resume=True)
    assert torch.equal(whole.table, second.table)
    assert not outcome.interrupted
    assert [strip(row) for row in outcome.rows] == [strip(row) for row in expected.rows]
    assert strip(outcome.best) == strip(expected.best)
    assert len(expected.rows) == 6


NAMES = {"train_loss", "train_loss_epoch"}


@pytest.mark.parametrize("step", [1, 6, 13])
def test_the_loss_of_an_interrupted_epoch_is_logged_as_that_of_the_whole_epoch(tmp_path, step):
    def logged(trainer, folder, **settings):
        values = {}

        def log(row, at):
            values.update({(at, name): x for name, x in row.items() if name in NAMES})

        fit(trainer, folder, log=log, **settings)
        return values

    expected = logged(tiny_trainer(), tmp_path / "whole")
    stop = tiny_trainer(callbacks=[InterruptAt(step)])
    first = logged(stop, tmp_path / "run")
    rest = logged(tiny_trainer(), tmp_path / "run", resume=True)
    assert first | rest == expected
    assert {name for _, name in rest} == NAMES


def of_two_processes(state):
    return {"processes": state["processes"] * 2}


def of_the_first_edition(state):
    return {key: value for key, value in state["processes"][0].items() if key != "sums"}


@pytest.mark.parametrize("change", [of_two_processes, of_the_first_edition])
def test_a_checkpoint_of_other_processes_goes_on_as_the_first_of_them(tmp_path, change):
    whole, second, console = Model(), Model(), Console(file=io.StringIO())
    expected = fit(tiny_trainer(), tmp_path / "whole", model=whole)
    fit(tiny_trainer(callbacks=[InterruptAt(18)]), tmp_path / "run")
    path = tmp_path / "run" / "checkpoints" / "last.ckpt"
    checkpoint = torch.load(path, weights_only=True)
    checkpoint[KEY] = change(checkpoint[KEY])
    torch.save(checkpoint, path)
    outcome = fit(tiny_trainer(), tmp_path / "run", model=second, resume=True, console=console)
    assert torch.equal(whole.table, second.table)
    assert [strip(row) for row in outcome.rows] == [strip(row) for row in expected.rows]
    is_said = "the run was one of 2 processes and goes on in 1:" in console.file.getvalue()
    assert is_said == (change is of_two_processes)


def strip(row: dict) -> dict:
    return {k: v for k, v in row.items() if k not in ("seconds", "sequences_per_second")}


def test_the_sums_of_all_processes_go_on_in_another_number_of_them():
    def state(loss, rank):
        sums = {"loss": loss, "steps": 4, "sequences": 30, "seconds": 1.0}
        return {"sums": sums, "epoch": [loss, 6], "cpu": rank, "stream": {"batch": 4}}

    parts = [shared([state(1.0, 0), state(3.0, 1)], rank, 3) for rank in range(3)]
    assert [part["cpu"] for part in parts] == [0, 1, 0]
    for part in parts:
        assert part["sums"] == {"loss": 2.0, "steps": 4, "sequences": 20, "seconds": 1.0}
        assert part["epoch"] == (2.0, 6)


def test_each_process_draws_other_numbers_and_the_first_what_one_alone_would():
    def drawn(rank):
        torch.manual_seed(3)
        generator = torch.Generator().manual_seed(4)
        draw_apart(rank, [generator])
        return (*torch.rand(2).tolist(), *torch.rand(2, generator=generator).tolist())

    torch.manual_seed(3)
    own = torch.Generator().manual_seed(4)
    expected = [*torch.rand(2).tolist(), *torch.rand(2, generator=own).tolist()]
    ranks = [drawn(rank) for rank in range(4)]
    assert [*ranks[0]] == expected
    assert ranks == [drawn(rank) for rank in range(4)]
    assert len({number for each in ranks for number in each}) == 16
