"""TwoTower: numbers against a naive formula, what a step computes, what it stores."""

import copy
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_model_two_tower.two_tower import TwoTower
from seqrec_reader_features.features_reader import FeaturesReader
from small_two_tower import (
    SIZES,
    D,
    V,
    count_item_rows,
    events,
    feature,
    labels,
    naive_item_embeddings,
    naive_query_states,
    two_tower,
)
from torch import nn

from seqrec_core import Bundle, build, load
from seqrec_core.schema import FeatureHint, FeatureType, TensorSchema
from seqrec_core.vocabulary import read_table


def test_logits_are_products_of_query_states_and_item_embeddings(model):
    features, mask = events()
    output = model.eval()(features, mask)
    states = naive_query_states(model, features, mask)
    torch.testing.assert_close(output["hidden_states"][0], states)
    expected = states[:, -1] @ naive_item_embeddings(model).T
    torch.testing.assert_close(output["logits"], expected)


def test_the_training_loss_is_cross_entropy_against_the_item_tower(model):
    features, mask = events()
    targets = labels(mask)
    output = model(features, mask, **targets)
    logits = naive_query_states(model, features, mask)[mask] @ naive_item_embeddings(model).T
    expected = nn.functional.cross_entropy(logits, targets["positive_labels"].squeeze(-1)[mask])
    torch.testing.assert_close(output["loss"], expected)
    parameters = dict(model.named_parameters())
    ours = torch.autograd.grad(output["loss"], parameters.values())
    naive = torch.autograd.grad(expected, parameters.values())
    for name, one, other in zip(parameters, ours, naive, strict=True):
        if name.endswith("emb.weight"):  # the last row is padding, which does not learn
            assert (one[-1] == 0).all()
            one, other = one[:-1], other[:-1]
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


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


@pytest.mark.parametrize("computed", [True, False])
def test_an_id_below_zero_is_not_the_last_item(model, computed):
    scorer = model.eval().scorer()
    if computed:
        scorer.item_weights()
    with pytest.raises(IndexError):
        scorer.item_weights(torch.tensor([-1]))


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
    fewer = build(load(spec(folder, item_features=["genres"], query_features=["item_id"])))
    assert fewer.body.query_tower.feature_names == ["item_id"]
    assert fewer.body.item_tower.feature_names == ["genres"]


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
    Bundle.write(tmp_path / "bundle", build(recipe), recipe, items=read_table(items))
    items.unlink()
    items.parent.rmdir()
    assert Bundle.load(tmp_path / "bundle").model.body.item_tower.num_items == V


def test_a_plan_takes_no_memory(folder):
    model = build(load(spec(folder)), device="meta")
    tensors = [*model.parameters(), *model.buffers()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


class Merger(nn.Module):
    def forward(self, model_hidden_state, feature_tensors):
        assert model_hidden_state.dim() == 3
        return model_hidden_state + feature_tensors["price"][..., None]


@pytest.mark.parametrize("choice", ["none", "final", "all"])
def test_a_context_merger_has_the_last_word(model, choice):
    features, mask = events()
    plain = model.eval()(features, mask)
    merging = TwoTower(model.body, model.loss, context_merger=Merger()).eval()
    output = merging(features, mask, output_hidden_states=choice)
    merged = plain["hidden_states"][0] + features["price"][..., None]
    torch.testing.assert_close(output["logits"], merged[:, -1] @ naive_item_embeddings(model).T)
    assert len(output["hidden_states"]) == {"none": 0, "final": 2, "all": 4}[choice]
    if choice != "none":
        torch.testing.assert_close(output["hidden_states"][-1], merged)


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


@pytest.mark.slow
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


def test_logits_of_any_query_states_can_be_asked_for(model):
    features, mask = events()
    output = model.eval()(features, mask)
    [states] = output["hidden_states"]
    some = torch.tensor([3, 0])
    with torch.no_grad():
        torch.testing.assert_close(model.get_logits(states[:, -1]), output["logits"])
        few = model.get_logits(model_embeddings=states[:, -1], candidates_to_score=some)
        torch.testing.assert_close(few, output["logits"][:, some])
        torch.testing.assert_close(model.get_logits(states)[:, -1], output["logits"])


@pytest.mark.parametrize("merger", [None, Merger()])
def test_the_short_way_to_its_ranking_is_the_long_one(model, merger):
    features, mask = events()
    batch = {"feature_tensors": features, "padding_mask": mask}
    merging = TwoTower(model.body, model.loss, context_merger=merger).eval()
    with torch.no_grad():
        answer = Answers(merging).deferred(batch)
        torch.testing.assert_close(answer["logits"], merging(**batch)["logits"])
    assert isinstance(answer, DeferredLogits)
