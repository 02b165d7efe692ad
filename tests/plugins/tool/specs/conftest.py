import pytest
from seqrec_fake.specs import REGISTERED

from seqrec_core import registry


@pytest.fixture
def fakes():
    """The fake components, registered for one test."""
    components = [registry.register(name, cls) for name, cls in REGISTERED.items()]
    yield
    for component in components:
        registry.unregister(component)


@pytest.fixture
def data(fakes):
    """Plain data of a spec of the fake components, with every level of nesting."""
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 20}
    return {
        "seqrec": 2,
        "seed": 7,
        "schema": {"features": [feature]},
        "model": {
            "type": "fake_model",
            "embedding_dim": 4,
            "encoder": {"type": "fake_encoder", "norm": {"type": "fake_norm"}},
            "tags": ["a", "b"],
            "weights": {"x": 1.5},
        },
        "data": {"type": "fake_data"},
    }
