import json

import pytest
from replay_sasrec import HEADS, D, L, V


@pytest.fixture
def spec(tmp_path):
    """Writes the spec of the SasRec of replay_sasrec, with changes."""

    def write(**changes):
        feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
        model = {
            "type": "sasrec",
            "embedding_dim": D,
            "num_heads": HEADS,
            "num_blocks": 2,
            "max_sequence_length": L,
        }
        data = {"schema": {"features": [feature]}, "model": model | changes}
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(data))
        return path

    return write
