import pytest
from seqrec_fake.specs import REGISTERED

from seqrec_core import registry


@pytest.fixture(autouse=True)
def fakes():
    """The fake components, registered for one test."""
    components = [registry.register(name, cls) for name, cls in REGISTERED.items()]
    yield
    for component in components:
        registry.unregister(component)


@pytest.fixture
def data():
    """Plain data of a spec with every level of nesting."""
    return {
        "seqrec": 2,
        "seed": 7,
        "schema": {
            "features": [
                {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 20}
            ]
        },
        "model": {
            "type": "fake_model",
            "embedding_dim": 4,
            "encoder": {"type": "fake_encoder", "norm": {"type": "fake_norm"}},
            "tags": ["a", "b"],
            "weights": {"x": 1.5},
        },
        "data": {"type": "fake_data"},
    }
