"""A small SasRec to plan for, and its cost."""

import json

import pytest
from seqrec_tool_plan.step_cost import step_cost

from seqrec_core.session import load_resolved


@pytest.fixture
def spec(tmp_path):
    """Writes a spec with so many items and changes of the model; its path."""

    def write(items=2000, **model):
        item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": items}
        small = {"embedding_dim": 16, "num_heads": 2, "max_sequence_length": 10}
        raw = {
            "seqrec": 2,
            "schema": {"features": [item]},
            "model": {"type": "sasrec", **small, **model},
            "data": {"type": "parquet", "batch_size": 8, "folder": "absent"},
            "trainer": {"type": "lightning"},
        }
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(raw))
        return path

    return write


@pytest.fixture
def cost():
    """The cost of a step of a spec file, some of its values changed."""

    def planned(path, *overrides, real=1.0):
        return step_cost(load_resolved(path, overrides).recipe, real)

    return planned
