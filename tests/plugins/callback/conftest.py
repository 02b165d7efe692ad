"""A model whose logits are those that the batch brings along, and a trainer to run it."""

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

    candidates = None

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

    def scored_candidates(self):
        return self.candidates


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


@pytest.fixture
def recommended(trainer, model, loader):
    """Runs a callback over batches of a prediction and gives its result."""

    def run(callback, batches):
        trainer(callback).predict(model, loader(batches))
        return callback.get_result()

    return run


@pytest.fixture
def collected():
    """Hands batches of logits to a collector, without a trainer, and gives its result."""

    def run(collector, batches):
        for batch in batches:
            collector.update(batch, {"logits": batch["logits"]})
        return collector.get_result()

    return run


@pytest.fixture
def batches():
    """Two batches of logits over four items; user 7 has seen all but item 2, user 3 nothing."""
    return [
        {
            "query_id": torch.tensor([7, 3]),
            "logits": torch.tensor([[4.0, 3.0, 2.0, 1.0], [0.5, 1.5, 3.5, 2.5]]),
            "seen_ids": torch.tensor([[0, 1, 3], [4, -1, 4]]),
        },
        {
            "query_id": torch.tensor([9]),
            "logits": torch.tensor([[1.0, 2.0, 3.0, 4.0]]),
            "seen_ids": torch.tensor([[3, 4]]),
        },
    ]


@pytest.fixture
def rows():
    """The two best unseen items of each user of `batches`, as the columns of a frame."""
    return {
        "user": [7, 3, 3, 9, 9],
        "item": [2, 2, 3, 2, 1],
        "rating": [2.0, 3.5, 2.5, 3.0, 2.0],
    }
