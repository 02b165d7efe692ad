"""Runs that are interrupted and go on draw and read what an uninterrupted one does."""

import pytest
import torch
from seqrec_scheduler_standard.warmup import WarmupFactory
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


def strip(row: dict) -> dict:
    return {k: v for k, v in row.items() if k not in ("seconds", "sequences_per_second")}
