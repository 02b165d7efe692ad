"""TwoTower: numbers against a naive formula, the kept item embeddings, what it stores."""

import copy
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_model_two_tower.body import TwoTowerBody
from seqrec_model_two_tower.two_tower import TwoTower
from seqrec_reader_features.features_reader import FeaturesReader
from torch import nn

from seqrec_core import Bundle, build, load
from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

V, B, L, D = 12, 3, 5, 8
SIZES = {"embedding_dim": D, "num_heads": 2, "num_blocks": 2, "max_sequence_length": L}
GENRES = [[i % 4, (i + 1) % 4][: 1 + i % 2] for i in range(V)]
PRICES = [i / 4 for i in range(V)]


def feature(name, kind, hint=None, source=FeatureSource.ITEM_FEATURES, is_seq=True, **sizes):
    return TensorFeatureInfo(
        name,
        kind,
        is_seq=is_seq,
        feature_hint=hint,
        feature_sources=[TensorFeatureSource(source, name)],
        **sizes,
    )


ITEM = feature(
    "item_id",
    FeatureType.CATEGORICAL,
    FeatureHint.ITEM_ID,
    FeatureSource.INTERACTIONS,
    cardinality=V,
)
SCHEMA = TensorSchema(
    [
        ITEM,
        feature("genres", FeatureType.CATEGORICAL_LIST, cardinality=4),
        feature("price", FeatureType.NUMERICAL),
        feature(
            "query_id",
            FeatureType.CATEGORICAL,
            FeatureHint.QUERY_ID,
            FeatureSource.INTERACTIONS,
            is_seq=False,
            cardinality=9,
        ),
        feature("time", FeatureType.NUMERICAL, FeatureHint.TIMESTAMP, FeatureSource.INTERACTIONS),
    ]
)


@pytest.fixture
def folder(tmp_path):
    table = {"item_id": range(V), "genres": GENRES, "price": PRICES}
    pq.write_table(pa.table({k: list(v) for k, v in table.items()}), tmp_path / "items.parquet")
    return tmp_path


@pytest.fixture
def reader(folder):
    return FeaturesReader(SCHEMA, None, str(folder / "items.parquet"))


@pytest.fixture
def model(reader):
    return two_tower(reader)


def two_tower(reader, seed=0, dropout=0.0):
    torch.manual_seed(seed)
    return TwoTower.from_params(SCHEMA, reader, **SIZES, dropout=dropout)


def events(seed=0, lengths=(5, 2, 0)):
    mask = torch.arange(L) >= L - torch.tensor(lengths)[:, None]
    ids = torch.randint(0, V, mask.shape, generator=torch.Generator().manual_seed(seed))
    genres = torch.tensor([g if len(g) == 2 else [4, *g] for g in GENRES])[ids]
    features = {
        "item_id": ids.masked_fill(~mask, V),
        "genres": genres.masked_fill(~mask[..., None], 4),
        "price": (ids / 4).masked_fill(~mask, 0),
    }
    return features, mask


def labels(mask):
    ids = torch.randint(0, V, (*mask.shape, 1), generator=torch.Generator().manual_seed(1))
    return {"positive_labels": ids, "target_padding_mask": mask.unsqueeze(-1)}


def naive_item_embeddings(model):
    tables = model.body.embedder.feature_embedders
    encoder = model.body.item_tower.encoder
    rows = []
    for i in range(V):
        x = tables["item_id"].emb.weight[i] + tables["price"].linear(torch.tensor([PRICES[i]]))
        x = x + sum(tables["genres"].emb.weight[genre] for genre in GENRES[i])
        for swiglu, norm in (
            (encoder.feed_forward1, encoder.norm1),
            (encoder.feed_forward2, encoder.norm2),
        ):
            hidden = nn.functional.silu(swiglu.gate_projection(x)) * swiglu.up_projection(x)
            x = norm(x + swiglu.out_projection(hidden))
        rows.append(x)
    return torch.stack(rows)


def naive_query_states(model, features, mask):
    """Embeddings by hand; the encoder has a numeric test of its own."""
    tower = model.body.query_tower
    tables = model.body.embedder.feature_embedders
    x = tables["item_id"].emb.weight[features["item_id"]]
    x = x + tables["price"].linear(features["price"][..., None])
    x = x + tables["genres"].emb.weight[features["genres"]].sum(-2)
    x = x * D**0.5 + tower.embedding_aggregator.position_embeddings
    attention = tower.attn_mask_builder(features, mask)
    return tower.output_normalization(tower.encoder(features, x, mask, attention))


def test_logits_are_products_of_query_states_and_item_embeddings(model):
    features, mask = events()
    output = model.eval()(features, mask)
    states = naive_query_states(model, features, mask)
    torch.testing.assert_close(output["hidden_states"][0], states)
    expected = states[:, -1] @ naive_item_embeddings(model).T
    torch.testing.assert_close(output["logits"], expected)
    assert len(model.body.query_tower.feature_names) == 3


def test_the_training_loss_is_cross_entropy_against_the_item_tower(model):
    features, mask = events()
    given = labels(mask)
    output = model(features, mask, **given)
    logits = naive_query_states(model, features, mask)[mask] @ naive_item_embeddings(model).T
    expected = nn.functional.cross_entropy(logits, given["positive_labels"].squeeze(-1)[mask])
    torch.testing.assert_close(output["loss"], expected)
    parameters = dict(model.named_parameters())
    mine = torch.autograd.grad(output["loss"], parameters.values())
    naive = torch.autograd.grad(expected, parameters.values())
    for name, one, other in zip(parameters, mine, naive, strict=True):
        if name.endswith("emb.weight"):  # the last row is padding, which does not learn
            assert (one[-1] == 0).all()
            one, other = one[:-1], other[:-1]
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def count_item_rows(model):
    """Rows that went through the item encoder, call by call."""
    rows = []
    model.body.item_tower.encoder.register_forward_pre_hook(
        lambda _, args, kwargs: rows.append(kwargs["input_embeddings"][..., 0].numel()),
        with_kwargs=True,
    )
    return rows


def test_a_training_step_computes_all_items_once(model):
    rows = count_item_rows(model)
    scorer = model.scorer()
    hidden = torch.randn(4, D)
    first = scorer(hidden)
    scorer.item_weights()
    torch.testing.assert_close(scorer(hidden, torch.tensor([3, 5])), first[:, [3, 5]])
    assert rows == [V]


def test_a_sampled_step_computes_only_the_items_it_needs(model):
    rows = count_item_rows(model)
    scorer = model.scorer()
    some = scorer.item_weights(torch.tensor([7, 2, 2]))
    assert rows == [3]
    torch.testing.assert_close(some, naive_item_embeddings(model)[[7, 2, 2]])
    scorer.item_weights(torch.arange(V).repeat(3, 1))
    assert rows == [3, V]


def test_evaluation_computes_the_items_once_until_a_weight_changes(model):
    rows = count_item_rows(model)
    batch = events()
    model.eval()
    with torch.no_grad():
        first = model(*batch)["logits"]
        model(*batch)
        some = model(*batch, candidates_to_score=torch.tensor([4, 1]))["logits"]
        assert rows == [V]
        torch.testing.assert_close(some, first[:, [4, 1]])
        model.body.embedder.feature_embedders["item_id"].emb.weight.add_(1.0)
        changed = model(*batch)["logits"]
        assert rows == [V, V]
    expected = naive_query_states(model, *batch)[:, -1] @ naive_item_embeddings(model).T
    torch.testing.assert_close(changed, expected)


CHANGES = {
    "an optimiser step": lambda model: step(model),
    "training with a fused optimiser": lambda model: train_fused(model),
    "loaded state": lambda model: model.load_state_dict(
        {k: v + 0.5 if v.is_floating_point() else v for k, v in model.state_dict().items()}
    ),
    "another dtype": lambda model: model.double(),
    "a replaced parameter": lambda model: replace_norm(model),
    "changed features": lambda model: model.body.item_tower.get_buffer("item_reference_price").add_(
        2
    ),
}


def step(model):
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    torch.optim.SGD(model.parameters(), lr=0.1).step()


def train_fused(model):
    """In evaluation mode: fused steps do not count as changes of a tensor."""
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1, fused=True)
    model(*events())["logits"].square().sum().backward()
    optimizer.step()


def replace_norm(model):
    norm = model.body.item_tower.encoder.norm2
    norm.weight = nn.Parameter(torch.full_like(norm.weight, 3.0))


@pytest.mark.parametrize("first", [True, False])
def test_kept_embeddings_are_those_of_the_precision_asked_for(model, first):
    tower = model.eval().body.item_tower
    with torch.no_grad():
        with torch.autocast("cpu", torch.bfloat16, enabled=first):
            tower()
        with torch.autocast("cpu", torch.bfloat16, enabled=not first):
            assert torch.equal(tower(), copy.deepcopy(tower)())


@pytest.mark.parametrize("kept", [True, False])
def test_an_id_below_zero_is_not_the_last_item(model, kept):
    scorer = model.eval().scorer()
    if kept:
        scorer.item_weights()
    with pytest.raises(IndexError):
        scorer.item_weights(torch.tensor([-1]))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_kept_embeddings_never_outlive_a_change(model, change, mode):
    model.eval()
    tower = model.body.item_tower
    with mode():
        before = tower()
    change(model)
    with mode():
        after = tower()
        fresh = copy.deepcopy(tower)()
    assert torch.equal(after, fresh)
    assert not torch.equal(after.float(), before)


def test_with_gradients_nothing_is_kept_and_everything_flows(model):
    model.eval()
    with torch.inference_mode():
        model(*events())
    model(*events())["logits"].sum().backward()
    assert model.body.item_tower.encoder.norm1.weight.grad.abs().sum() > 0


def test_mode_switches_forget_the_kept_embeddings(model):
    model.eval()
    with torch.no_grad():
        before = model.body.item_tower()
        model.body.item_tower.encoder.norm2.weight.data.fill_(2.0)
        after = model.eval().body.item_tower()
    assert not torch.equal(before, after)


def test_a_model_in_use_copies_pickles_and_loads(model, reader):
    batch = events()
    model.eval()
    with torch.inference_mode():
        expected = model(*batch)["logits"]
        twin = copy.deepcopy(model)
        assert torch.equal(twin(*batch)["logits"], expected)
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    fresh = two_tower(reader, seed=5)
    fresh.load_state_dict(model.state_dict(), strict=True)
    model.load_state_dict(two_tower(reader, seed=6).state_dict(), strict=True)
    with torch.inference_mode():
        assert torch.equal(loaded(*batch)["logits"], expected)
        assert torch.equal(fresh.eval()(*batch)["logits"], expected)
        assert not torch.equal(model(*batch)["logits"], expected)


def spec(folder, **model):
    features = [
        {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V},
        {
            "name": "genres",
            "type": "categorical_list",
            "cardinality": 4,
            "source": "item_features",
        },
        {"name": "rank", "type": "numerical"},
    ]
    return {
        "schema": {"features": features},
        "model": {"type": "two_tower", **SIZES, **model},
        "data": {"type": "parquet", "folder": str(folder)},
    }


def test_a_spec_builds_towers_on_the_features_they_have(folder):
    model = build(load(spec(folder)))
    assert model.body.query_tower.feature_names == ["item_id", "genres", "rank"]
    assert model.body.item_tower.feature_names == ["item_id", "genres"]
    chosen = build(load(spec(folder, item_features=["genres"], query_features=["item_id"])))
    assert chosen.body.query_tower.feature_names == ["item_id"]
    assert chosen.body.item_tower.feature_names == ["genres"]


def test_a_bundle_stores_shared_weights_once(folder, tmp_path):
    from safetensors import safe_open

    recipe = load(spec(folder))
    model = build(recipe).eval()
    bundle = Bundle.write(tmp_path / "bundle", model, recipe)
    with safe_open(tmp_path / "bundle" / "model.safetensors", "pt") as file:
        tables = [name for name in file.keys() if name.endswith("item_id.emb.weight")]  # noqa: SIM118
    assert len(tables) == 1
    features, mask = events()
    features = {**{k: features[k] for k in ("item_id", "genres")}, "rank": features["price"]}
    with torch.no_grad():
        expected = model(features, mask)["logits"]
        assert torch.equal(bundle.model(features, mask)["logits"], expected)
    assert json.loads((tmp_path / "bundle" / "spec.lock.json").read_text())


def test_a_bundle_loads_where_the_data_folder_is_gone(folder, tmp_path):
    recipe = load(spec(folder / "data"))
    (folder / "data").mkdir()
    items = (folder / "items.parquet").rename(folder / "data" / "items.parquet")
    Bundle.write(tmp_path / "bundle", build(recipe), recipe, items=items)
    items.unlink()
    items.parent.rmdir()
    assert Bundle.load(tmp_path / "bundle").model.body.item_tower.num_items == V


def test_a_plan_takes_no_memory(folder):
    model = build(load(spec(folder)), device="meta")
    held = [*model.parameters(), *model.buffers()]
    assert {tensor.device.type for tensor in held} == {"meta"}


class Merger(nn.Module):
    def forward(self, model_hidden_state, feature_tensors):
        assert model_hidden_state.dim() == 3
        return model_hidden_state + feature_tensors["price"][..., None]


@pytest.mark.parametrize("wanted", ["none", "final", "all"])
def test_a_context_merger_has_the_last_word(model, wanted):
    features, mask = events()
    plain = model.eval()(features, mask)
    merging = TwoTower(model.body, model.loss, context_merger=Merger()).eval()
    merging.output_hidden_states = wanted
    output = merging(features, mask)
    merged = plain["hidden_states"][0] + features["price"][..., None]
    torch.testing.assert_close(output["logits"], merged[:, -1] @ naive_item_embeddings(model).T)
    assert len(output["hidden_states"]) == {"none": 0, "final": 2, "all": 4}[wanted]
    if wanted != "none":
        torch.testing.assert_close(output["hidden_states"][-1], merged)


def test_the_item_tower_has_no_dropout(reader):
    model = two_tower(reader, dropout=0.5)
    assert torch.equal(model.body.item_tower(), model.body.item_tower())


def test_ids_and_rows_agree_when_padding_is_not_the_last_id(tmp_path):
    item = feature(
        "item_id", FeatureType.CATEGORICAL, FeatureHint.ITEM_ID, cardinality=V, padding_value=0
    )
    pq.write_table(pa.table({"item_id": list(range(1, V + 1))}), tmp_path / "items.parquet")
    schema = TensorSchema([item])
    reader = FeaturesReader(schema, {"item_id": {}}, str(tmp_path / "items.parquet"))
    with pytest.warns(UserWarning, match="pads with 0"):
        model = TwoTower.from_params(schema, reader, **SIZES)
    weights = model.scorer().item_weights()
    ids = torch.tensor([1, V, 4])
    torch.testing.assert_close(model.scorer().item_weights(ids), weights[[0, V - 1, 3]])
    many = ids.repeat(V)
    torch.testing.assert_close(model.body.item_tower(many), weights[[0, V - 1, 3] * V])


def test_features_that_cannot_be_used_are_named(model, reader):
    parts = model.body
    given = {
        "schema": SCHEMA,
        "embedder": parts.embedder,
        "attn_mask_builder": parts.query_tower.attn_mask_builder,
        "query_tower_feature_names": ["item_id"],
        "item_tower_feature_names": ["item_id"],
        "query_embedding_aggregator": parts.query_tower.embedding_aggregator,
        "item_embedding_aggregator": parts.item_tower.embedding_aggregator,
        "query_encoder": parts.query_tower.encoder,
        "query_tower_output_normalization": nn.LayerNorm(D),
        "item_encoder": parts.item_tower.encoder,
        "item_features_reader": reader,
    }
    assert TwoTowerBody(**given)
    with pytest.raises(ValueError, match=r"the towers use \['time'\], which the embedder does not"):
        TwoTowerBody(**given | {"query_tower_feature_names": ["item_id", "time"]})
    with pytest.raises(ValueError, match="feature 'item_id' has 3 rows, the catalogue has 12"):
        TwoTowerBody(**given | {"item_features_reader": {"item_id": torch.arange(3)}})


def test_evaluation_compiles_to_one_graph(model):
    model.eval()
    batch = events()
    expected = model(*batch)["logits"]
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(*batch)["logits"], expected)
    exported = torch.export.export(model, batch).module()
    torch.testing.assert_close(exported(*batch)["logits"], expected)
    with torch.no_grad():
        torch.testing.assert_close(compiled(*batch)["logits"], expected)
        candidates = torch.tensor([3, 1])
        some = compiled(*batch, candidates_to_score=candidates)["logits"]
        torch.testing.assert_close(some, expected[:, candidates])
