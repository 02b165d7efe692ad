"""Runs that are interrupted and go on draw and read what an uninterrupted one does."""

import pytest
import torch
from seqrec_scheduler_standard.warmup import WarmupFactory
from tiny_runs import InterruptAt, fit, tiny_trainer


@pytest.mark.parametrize("ema_decay", [None, 0.9])
@pytest.mark.parametrize("step", [1, 6, 11, 12, 13, 18, 30])
def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path, step, ema_decay):
    settings = {"validate_every": 0.5, "scheduler": WarmupFactory(20, 0.1), "ema_decay": ema_decay}
    whole, first, second = (tiny_trainer(**settings) for _ in range(3))
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
