"""A model whose logits are those that the batch brings along."""

from pathlib import Path

import lightning.pytorch as pl
import pytest
import torch

HERE = Path(__file__).parent
LIGHTNING_SAYS = ("does not have many workers", "`isinstance.treespec, LeafSpec.` is deprecated")


def pytest_collection_modifyitems(items):
    """Lets Lightning say what these tests cannot change."""
    for item in items:
        if HERE in item.path.parents:
            for message in LIGHTNING_SAYS:
                item.add_marker(pytest.mark.filterwarnings(f"ignore:.*{message}"))


class GivenLogits(pl.LightningModule):
    """Returns batch["logits"]; trains a number that nobody looks at."""

    candidates_to_score = None

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))

    def training_step(self, batch, batch_idx):
        return self.weight

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)

    def _logits(self, batch, batch_idx, dataloader_idx=0):
        return {
            "logits": batch["logits"],
            "hidden_states": batch.get("hidden_states", ()),
        }

    validation_step = test_step = predict_step = _logits


@pytest.fixture
def model():
    return GivenLogits()


@pytest.fixture
def loader():
    """Makes a dataloader of ready batches."""
    return lambda batches: torch.utils.data.DataLoader(batches, batch_size=None)


@pytest.fixture
def trainer(tmp_path):
    """Makes a quiet trainer with callbacks."""

    def make(*callbacks, **settings):
        quiet = {
            "accelerator": "cpu",
            "logger": False,
            "enable_progress_bar": False,
            "enable_model_summary": False,
            "enable_checkpointing": False,
            "default_root_dir": tmp_path,
        }
        return pl.Trainer(callbacks=list(callbacks), **(quiet | settings))

    return make
