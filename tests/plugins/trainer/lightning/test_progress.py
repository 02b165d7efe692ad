"""What a run prints, on a terminal and without one."""

import io

from rich.console import Console
from seqrec_trainer_lightning.progress import describe
from tiny_runs import HitRate, fit, tiny_trainer, train_only


def test_each_epoch_prints_a_line_where_there_is_no_terminal(tmp_path):
    screen = io.StringIO()
    fit(tiny_trainer(metrics=HitRate([0.2, 0.1, 0.3])), tmp_path, console=Console(file=screen))
    lines = screen.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("epoch 1")
    assert all(word in lines[0] for word in ("loss", "hit@1 0.2000", "lr 0.05", "seq/s"))
    assert [line.endswith("best") for line in lines] == [True, False, True]


def test_a_terminal_shows_a_bar_with_loss_rate_and_speed(tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_trainer_lightning.progress.REFRESH", 0.0)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=140)
    fit(tiny_trainer(max_epochs=1), tmp_path, console=console)
    assert all(word in screen.getvalue() for word in ("epoch 1/1", "loss", "lr 0.05", "seq/s"))


def test_long_epochs_say_how_far_they_are_where_there_is_no_terminal(tmp_path, monkeypatch):
    monkeypatch.setattr("seqrec_trainer_lightning.progress.HEARTBEAT", 0.0)
    screen = io.StringIO()
    fit(tiny_trainer(max_epochs=1), tmp_path, train_only(), console=Console(file=screen))
    lines = screen.getvalue().splitlines()
    assert lines[0].startswith("  1 of 12 batches  loss ")
    assert len(lines) == 12 + 1


def test_a_row_without_the_monitored_metric_is_described_without_it():
    row = {"epoch": 2.5, "train_loss": 0.5, "learning_rate": 0.001}
    row |= {"sequences_per_second": 1234.4, "seconds": 7.25}
    assert describe(row, "ndcg@10") == "epoch 2.5  loss 0.5000  lr 0.001  1,234 seq/s  7.2 s"
    assert "loss 0.5000  ndcg@10 0.2500  lr" in describe({**row, "ndcg@10": 0.25}, "ndcg@10")


def test_a_row_of_a_fit_without_gradients_has_no_loss():
    row = {"epoch": 1.0, "step": 5, "ndcg@10": 0.25}
    assert describe(row, "ndcg@10") == "epoch 1    ndcg@10 0.2500"
