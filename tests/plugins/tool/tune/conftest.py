"""A spec of a small model on a ring of items, and spaces to search; trials are processes."""

import json

import pytest
from seqrec_fake_run import write_ring

ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 12}
SPACE = {
    "model.dropout": {"low": 0.1, "high": 0.5},
    "trainer.optimizer.lr": {"low": 0.001, "high": 0.1, "log": True},
    "model.num_blocks": {"low": 1, "high": 2},
    "model.loss": {"choices": ["ce", {"type": "ce_sampled"}]},
}


@pytest.fixture
def spec(tmp_path):
    """The spec beside its data."""
    write_ring(tmp_path / "data")
    raw = {
        "seqrec": 2,
        "seed": 3,
        "schema": {"features": [ITEM]},
        "model": {
            "type": "sasrec",
            "embedding_dim": 8,
            "num_heads": 1,
            "num_blocks": 1,
            "max_sequence_length": 4,
            "dropout": 0.2,
        },
        "data": {"type": "parquet", "folder": "data", "batch_size": 12},
        "trainer": {"type": "lightning", "max_epochs": 2, "accelerator": "cpu"},
        "trackers": [],
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(raw))
    return path


@pytest.fixture
def space_of(tmp_path):
    """Writes a space."""

    def write(**content):
        path = tmp_path / "space.json"
        path.write_text(json.dumps(content or SPACE))
        return path

    return write
