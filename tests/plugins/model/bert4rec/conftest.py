import pytest
import torch

from seqrec_core import build, resolve
from seqrec_core.session import load

V, LONGEST = 30, 6
FEATURES = [
    {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V},
    {"name": "device", "type": "categorical", "cardinality": 4},
    {"name": "price", "type": "numerical"},
]
SIZES = {"embedding_dim": 8, "num_blocks": 2, "max_sequence_length": LONGEST, "dropout": 0.0}


@pytest.fixture
def recipe_of():
    """Resolves a recipe of the model, with settings of it."""

    def make(**settings):
        model = {"type": "bert4rec", **SIZES, **settings}
        raw = {"schema": {"features": FEATURES}, "data": {"type": "parquet"}, "model": model}
        return resolve(load(raw))

    return make


@pytest.fixture
def make(recipe_of):
    """Builds the model, with settings of it."""

    def make(**settings):
        torch.manual_seed(0)
        return build(recipe_of(**settings))

    return make


@pytest.fixture
def events():
    """Features and padding mask of two users, of five positions."""
    draw = torch.Generator().manual_seed(0)
    real = torch.tensor([[False, False, True, True, True], [True] * 5])
    features = {
        "item_id": torch.randint(V, (2, 5), generator=draw).where(real, V),
        "device": torch.randint(4, (2, 5), generator=draw).where(real, 4),
        "price": torch.randn(2, 5, generator=draw).where(real, 0),
    }
    return features, real
