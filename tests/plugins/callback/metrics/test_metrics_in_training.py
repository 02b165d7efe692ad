"""Metrics during training: what monitors them, and what a checkpoint keeps."""

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from seqrec_callback_metrics.compute_metrics import ComputeMetricsCallback


class LearnsOnce(pl.LightningModule):
    """Finds the target in its second epoch and never improves again."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def training_step(self, batch, batch_idx):
        return self.weight

    def validation_step(self, batch, batch_idx):
        logit = 1.0 if self.current_epoch else -1.0
        return {"logits": torch.tensor([[logit, 0.0]])}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)


@pytest.fixture
def data(loader):
    """Training and validation data: one user who chose item 0."""
    return [loader([{"ground_truth": torch.tensor([[0]])}])] * 2


def test_checkpoints_and_early_stopping_monitor_the_metrics(trainer, data, tmp_path):
    best = ModelCheckpoint(tmp_path, monitor="ndcg@1", mode="max")
    stop = EarlyStopping("ndcg@1", mode="max", patience=2)
    metrics = ComputeMetricsCallback(["ndcg"], [1])
    fitted = trainer(metrics, best, stop, max_epochs=9, enable_checkpointing=True)
    fitted.fit(LearnsOnce(), *data)
    assert fitted.current_epoch == 4  # one better epoch, two patient ones
    assert "epoch=1" in best.best_model_path


def test_the_history_survives_in_a_checkpoint(trainer, data, tmp_path):
    first, resumed = ComputeMetricsCallback(["ndcg"], [1]), ComputeMetricsCallback(["ndcg"], [1])
    fitted = trainer(first, max_epochs=2)
    fitted.fit(LearnsOnce(), *data)
    fitted.save_checkpoint(tmp_path / "last.ckpt")
    trainer(resumed, max_epochs=3).fit(LearnsOnce(), *data, ckpt_path=tmp_path / "last.ckpt")
    epochs = [(each["epoch"], each["stage"], each["ndcg@1"]) for each in resumed.history]
    assert epochs == [(0, "validate", 0.0), (1, "validate", 1.0), (2, "validate", 1.0)]
