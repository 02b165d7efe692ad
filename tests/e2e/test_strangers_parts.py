"""A table, a sampler and a position bias of a stranger's in every place for such a part."""

import itertools

import pytest
import torch
from seqrec_library_positions.kind import PositionSpec
from seqrec_tool_conformance.batches import V
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_conformance.journey_recipes import sasrec_recipe
from torch import nn

from seqrec_core import registry
from seqrec_core.build import Runtime, build_model, build_part
from seqrec_core.session import load_resolved
from seqrec_core.spec import EmbedderSpec, SamplerSpec, inherited, param, spec
from seqrec_core.spec.fields import fields_of

MODELS = sorted(registry.names("model"))
SIZES = {"embedding_dim": 8, "num_heads": 2, "num_blocks": 1, "max_sequence_length": 6}
SAMPLED = ("ce_sampled", "gbce", "bce_sampled", "log_in_ce_sampled")


class Hashed(nn.Module):
    """A table of a few rows, which items share; all other features are left out."""

    def __init__(self, cardinality, embedding_dim, item_feature_name, rows):
        super().__init__()
        self.item, self.rows = item_feature_name, rows
        self.register_buffer("sign", torch.ones(cardinality + 1))
        self.sign[-1] = 0
        self.table = nn.Parameter(torch.randn(rows, embedding_dim) / 8)

    @property
    def embeddings_dim(self):
        return {self.item: self.table.size(1)}

    def forward(self, feature_tensor, feature_names=None):
        return {self.item: self.get_item_weights(feature_tensor[self.item])}

    def get_item_weights(self, indices=None):
        ids = torch.arange(len(self.sign) - 1) if indices is None else indices
        return self.table[ids % self.rows] * self.sign[ids][..., None]


class Neighbours(nn.Module):
    """The items next to the positives of the batch: nobody's idea of good negatives."""

    def forward(self, batch):
        return (batch["positive_labels"].flatten()[:7] + 1) % V

    def log_frequency(self, items, batch):
        return torch.zeros(items.shape)


class Near(nn.Module):
    """Prefers events that are near."""

    def __init__(self, scale):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, queries, keys, feature_tensors, padding_mask):
        places = torch.arange(padding_mask.size(1))
        return queries, keys, -self.scale * (places[:, None] - places).abs()[None, None]


@spec
class HashedSpec(EmbedderSpec):
    """A small table."""

    target = f"{__name__}:Hashed"
    cardinality: int = inherited(help="items")
    embedding_dim: int = inherited(help="size")
    item_feature_name: str = inherited(help="items")
    rows: int = param(5, help="rows of the table")


@spec
class NeighboursSpec(SamplerSpec):
    """Items next to the positives."""

    target = f"{__name__}:Neighbours"


@spec
class NearSpec(PositionSpec):
    """Prefers what is near."""

    target = f"{__name__}:Near"
    scale: float = param(0.5, help="of the distance")


@pytest.fixture(autouse=True)
def strangers(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, __name__, sys.modules[Hashed.__module__])
    kinds = {"hashed": HashedSpec, "neighbours": NeighboursSpec, "near": NearSpec}
    components = [registry.register(name, cls) for name, cls in kinds.items()]
    yield
    for component in components:
        registry.unregister(component)


def trains_and_scores(model):
    """Checks a step of training and an evaluation; the model, and the batch that it learnt from."""
    raw = {**sasrec_recipe(), "model": {**SIZES, **model}}
    raw["data"]["folder"] = str(data_folder())
    raw["schema"] = {
        "features": [
            {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
        ]
    }
    recipe = load_resolved(raw).recipe
    runtime = Runtime.of(recipe)
    built, data = build_model(recipe, runtime), build_part(recipe.data, runtime, "data")
    batch = data.transform("train", next(iter(data.loaders("train")[0])))
    arguments = {
        name: batch[name]
        for name in built.forward.__code__.co_varnames
        if name in batch and name != "self"
    }
    built(**arguments)["loss"].backward()
    inputs = {name: batch[name] for name in ("feature_tensors", "padding_mask")}
    logits = built.eval()(**inputs)["logits"]
    assert logits.shape[1] == V
    assert logits.isfinite().all()
    return built, batch


def has(name, field):
    return field in {each.name for each in fields_of(registry["model", name].spec)}


@pytest.mark.parametrize("model", [m for m in MODELS if has(m, "embedder")])
def test_an_embedding_table(model):
    towers = {"item_features": ["item_id"], "query_features": ["item_id"]}
    more = towers if has(model, "item_features") else {}
    built, _ = trains_and_scores({"type": model, "embedder": "hashed", **more})
    [table] = [part for part in built.modules() if isinstance(part, Hashed)]
    assert table.table.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("model", "loss"), list(itertools.product([m for m in MODELS if has(m, "negatives")], SAMPLED))
)
def test_a_sampler(model, loss):
    _, batch = trains_and_scores({"type": model, "loss": loss, "negatives": "neighbours"})
    expected = (batch["positive_labels"].flatten()[:7] + 1) % V
    assert batch["negative_labels"].tolist() == expected.tolist()


def places_of_positions():
    for name in sorted(registry.names("encoder")):
        cls = registry["encoder", name].spec
        if "positions" in {field.name for field in fields_of(cls)}:
            yield from ((model, name) for model in MODELS)


@pytest.mark.parametrize(("model", "encoder"), list(places_of_positions()))
def test_a_position_bias(model, encoder):
    slot = "query_encoder" if has(model, "query_encoder") else "encoder"
    part = {"type": encoder, "positions": ["near"]}
    built, _ = trains_and_scores({"type": model, slot: part})
    [near] = [part for part in built.modules() if isinstance(part, Near)]
    assert near.scale.grad.abs() > 0
