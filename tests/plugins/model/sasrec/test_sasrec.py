"""SasRec: logits and loss of its hidden states, what it returns, and what builds it."""

import copy

import pytest
import torch
from seqrec_library_kernels.answers import Answers
from seqrec_library_kernels.deferred import DeferredLogits
from seqrec_library_kernels.shortcuts import ShortcutError
from seqrec_model_sasrec.sasrec import SasRec
from seqrec_model_sasrec.specs import SasRecSpec
from seqrec_model_two_tower.specs import TwoTowerSpec
from small_sasrec import SIZES, B, L, V, events, labels, sasrec, schema
from torch import nn

from seqrec_core import build, load, resolve
from seqrec_core.errors import BuildError, SpecError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo
from seqrec_core.spec import EncoderSpec, MaskSpec


def test_logits_are_products_of_the_last_state_with_the_item_embeddings():
    model = sasrec().eval()
    features, mask = events()
    output = model(features, mask)
    states = model.body(features, mask)
    torch.testing.assert_close(output["hidden_states"][0], states)
    table = model.body.embedder.feature_embedders["item_id"].emb.weight
    torch.testing.assert_close(output["logits"], states[:, -1] @ table[:V].T)


def test_the_training_loss_is_cross_entropy_of_the_real_positions():
    model = sasrec()
    features, mask = events()
    targets = labels(mask)
    hidden = model.body(features, mask)[mask]
    table = model.body.embedder.feature_embedders["item_id"].emb.weight
    expected = nn.functional.cross_entropy(
        hidden @ table[:V].T, targets["positive_labels"].squeeze(-1)[mask]
    )
    torch.testing.assert_close(model(features, mask, **targets)["loss"], expected)


def test_without_a_head_scores_are_dot_products():
    model = sasrec().eval()
    batch = events()
    twin = SasRec(model.body, model.loss).eval()
    assert twin.scorer().is_dot_product
    assert torch.equal(twin(*batch)["logits"], model(*batch)["logits"])


@pytest.mark.parametrize("training", [False, True])
def test_rows_of_padding_alone_stay_finite(training):
    model = sasrec(dropout=0.2).train(training)
    features, mask = events(lengths=(0, 0, 0, 0))
    output = model(features, mask, **(labels(mask) if training else {}))
    assert output["hidden_states"][0].isfinite().all()
    if training:
        output["loss"].backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


def test_training_equals_evaluation_without_dropout():
    model = sasrec()
    features, mask = events()
    trained = model.train()(features, mask, **labels(mask))["hidden_states"][0]
    assert torch.equal(trained, model.eval()(features, mask)["hidden_states"][0])


def test_inputs_are_left_as_they_were():
    model = sasrec(dropout=0.2)
    features, mask = events()
    targets = labels(mask)
    before = copy.deepcopy((features, mask, targets))
    model(features, mask, **targets)
    model.eval()(features, mask)
    assert features.keys() == before[0].keys()
    assert torch.equal(features["item_id"], before[0]["item_id"])
    assert torch.equal(mask, before[1])
    assert all(torch.equal(targets[name], before[2][name]) for name in targets)


def test_gradients_reach_every_parameter_and_leave_the_pad_row_zero():
    model = sasrec()
    features, mask = events()
    model(features, mask, **labels(mask))["loss"].backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())
    table = model.body.embedder.feature_embedders["item_id"].emb.weight
    assert (table[V] == 0).all()
    assert (table.grad[V] == 0).all()


@pytest.mark.parametrize("candidates", [[3, 0, 7], [[3, 0], [1, 1], [2, 5], [19, 4]]])
def test_candidates_get_the_logits_that_they_have_among_all(candidates):
    model = sasrec().eval()
    features, mask = events()
    ids = torch.tensor(candidates)
    everything = model(features, mask)["logits"]
    some = model(features, mask, candidates_to_score=ids)["logits"]
    torch.testing.assert_close(some, everything.gather(1, ids.expand(B, -1)))


def test_only_the_hidden_states_that_are_asked_for_are_returned():
    model = sasrec().eval()
    features, mask = events()
    final = model(features, mask)
    every = model(features, mask, output_hidden_states="all")
    none = model(features, mask, output_hidden_states="none")
    assert len(final["hidden_states"]) == 1
    assert len(every["hidden_states"]) == 1 + SIZES["num_blocks"]
    torch.testing.assert_close(every["hidden_states"][-1], final["hidden_states"][0])
    ids = features["item_id"]
    embeddings = model.body.embedding_aggregator(model.body.embedder({"item_id": ids}))
    assert torch.equal(every["hidden_states"][0], embeddings)
    assert none["hidden_states"] == ()
    torch.testing.assert_close(none["logits"], final["logits"])
    trained = model.train()(features, mask, **labels(mask), output_hidden_states="none")
    assert trained["hidden_states"] == ()


def test_ids_and_columns_agree_when_padding_is_not_the_last_id():
    with pytest.warns(UserWarning, match="pads with 0"):
        model = SasRec.from_params(schema(padding_value=0), **SIZES).eval()
    ids = torch.randint(1, V + 1, (B, L))
    mask = torch.ones(B, L, dtype=torch.bool)
    everything = model({"item_id": ids}, mask)["logits"]
    candidates = torch.tensor([1, 20, 5])
    some = model({"item_id": ids}, mask, candidates_to_score=candidates)["logits"]
    torch.testing.assert_close(some, everything[:, model.scorer().columns(candidates)])
    assert everything.shape == (B, V)


def test_from_params_leaves_out_query_id_timestamp_and_excluded_features():
    def numbers(name, hint=None):
        return TensorFeatureInfo(name, FeatureType.NUMERICAL, is_seq=True, feature_hint=hint)

    user = TensorFeatureInfo("user_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID)
    features = [user, numbers("time", FeatureHint.TIMESTAMP), numbers("price"), numbers("size")]
    model = SasRec.from_params(schema(*features), **SIZES, excluded_features=["size"])
    assert model.body.embedder.feature_names == ["item_id", "price"]
    with pytest.raises(ValueError, match=r"excluded_features has \['sise'\]"):
        SasRec.from_params(schema(*features), **SIZES, excluded_features=["sise"])


def test_from_params_refuses_sizes_that_do_not_fit():
    with pytest.raises(SpecError, match=r"model\.num_heads: 3 does not divide embedding_dim 8"):
        SasRec.from_params(schema(), **(SIZES | {"num_heads": 3}))
    with pytest.raises(SpecError, match="embedding_dim"):
        SasRec.from_params(schema(embedding_dim=16), **SIZES)


def test_a_spec_builds_what_from_params_makes():
    torch.manual_seed(42)
    weights = SasRec.from_params(schema(), **SIZES).state_dict()
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
    recipe = load(
        {"schema": {"features": [feature]}, "model": {"type": "sasrec", **SIZES}, "seed": 42}
    )
    built = build(recipe).state_dict()
    assert built.keys() == weights.keys()
    assert all(torch.equal(built[name], weights[name]) for name in weights)


def chosen(features, data=None, **model):
    """A small recipe whose model embeds chosen features of four."""
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
    user = {"name": "user", "type": "categorical", "hint": "query_id", "cardinality": 3}
    others = [{"name": name, "type": "numerical"} for name in ("price", "weight")]
    return load(
        {
            "schema": {"features": [item, user | {"is_seq": False}, *others]},
            "model": {"type": "sasrec", **SIZES, "features": features, **model},
            "data": data,
        }
    )


def test_chosen_features_alone_are_embedded_and_grouped():
    recipe = resolve(chosen(["price", "item_id"], {"type": "parquet"}))
    for split in recipe.data.transforms.values():
        group = next(part for part in split if "feature_tensors" in getattr(part, "mapping", {}))
        assert group.mapping["feature_tensors"] == ("item_id", "price")
    model = build(recipe)
    assert model.body.embedder.feature_names == ["item_id", "price"]
    features, mask = events()
    model({**features, "price": mask.float()}, mask, **labels(mask))["loss"].backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_chosen_features_can_be_joined_side_by_side():
    joined = {"embedding_aggregator": {"type": "concat"}}
    model = build(chosen(["item_id", "weight"], aggregator=joined))
    features, mask = events()
    assert model.eval()({**features, "weight": mask.float()}, mask)["logits"].shape == (B, V)


def test_no_choice_is_every_feature_with_the_same_weights():
    free, every = build(chosen(None)), build(chosen(["weight", "item_id", "price"]))
    assert list(free.state_dict()) == list(every.state_dict())
    torch.testing.assert_close(free.state_dict(), every.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("features", "fault", "failure"),
    [
        (["item_id", "colour"], "has colour; choose features of events: item_id, price", "colour"),
        (["item_id", "user"], "has user; choose features of events: item_id, price", "user"),
        (["price"], "lacks the item id, whose embeddings .* add 'item_id'", "no item embeddings"),
        ([], "lacks the item id", "no feature is left"),
    ],
)
def test_features_that_do_not_fit_are_faults(features, fault, failure):
    with pytest.raises(SpecError, match=rf"^model\.features: {fault}"):
        resolve(chosen(features, {"type": "parquet"}))
    with pytest.raises(BuildError, match=failure):
        build(chosen(features))


def test_chosen_features_are_needed():
    for features in (["item_id"], ["item_id", "price"]):
        assert resolve(chosen(features)).model.needs("test").features == tuple(features)


def test_weights_come_from_the_global_generator():
    assert torch.equal(*(next(sasrec(seed=1).parameters()) for _ in range(2)))
    assert not torch.equal(next(sasrec(seed=1).parameters()), next(sasrec(seed=2).parameters()))


@pytest.mark.slow
@pytest.mark.parametrize("choice", ["none", "final", "all"])
def test_evaluation_compiles_to_one_graph(choice):
    model = sasrec().float().eval()
    features, mask = events()
    states = {"output_hidden_states": choice}
    expected = model(features, mask, **states)
    compiled = torch.compile(model, fullgraph=True, backend="aot_eager")(features, mask, **states)
    program = torch.export.export(model, (features, mask), states)
    exported = program.module()(features, mask, **states)
    torch.testing.assert_close(compiled["logits"], expected["logits"])
    torch.testing.assert_close(exported["logits"], expected["logits"])
    assert len(exported["hidden_states"]) == len(expected["hidden_states"])


def test_logits_of_any_hidden_states_can_be_asked_for():
    model = sasrec().eval()
    features, mask = events()
    output = model(features, mask)
    [states] = output["hidden_states"]
    torch.testing.assert_close(model.get_logits(states[:, -1]), output["logits"])
    torch.testing.assert_close(model.get_logits(model_embeddings=states)[:, -1], output["logits"])
    some = torch.tensor([3, 0])
    few = model.get_logits(states[:, -1], candidates_to_score=some)
    torch.testing.assert_close(few, output["logits"][:, some])


class Halved(SasRec):
    """Another `forward`, and the inherited ways to the last state and the scorer."""

    def forward(self, *args, **kwargs):
        output = super().forward(*args, **kwargs)
        return output if self.training else {**output, "logits": -output["logits"]}


class Forgetful(nn.Module):
    """An encoder whose last state is not that of its `forward`."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, **inputs):
        return self.encoder(**inputs)

    def forward_last(self, input_embeddings, **inputs):
        return -self.encoder(input_embeddings=input_embeddings, **inputs)[:, -1]


def test_a_subclass_that_changes_forward_is_not_ranked_by_inherited_shortcuts():
    features, mask = events()
    batch = {"feature_tensors": features, "padding_mask": mask}
    model = sasrec().eval()
    answer = Answers(model).deferred(batch)
    assert isinstance(answer, DeferredLogits)
    torch.testing.assert_close(answer["logits"], model(**batch)["logits"])
    subclass = Halved(model.body, model.loss, model.head).eval()
    with pytest.raises(ShortcutError, match="Halved computes the last position by itself"):
        Answers(subclass).deferred(batch)


@pytest.mark.parametrize("candidates", [None, torch.tensor([1, 2])])
def test_an_encoder_with_a_wrong_short_way_is_found_out(candidates):
    model = sasrec().eval()
    features, mask = events()
    model.body.encoder = Forgetful(model.body.encoder)
    batch = {"feature_tensors": features, "padding_mask": mask}
    with pytest.raises(ShortcutError, match="or forward_last of its encoder"):
        Answers(model).deferred(batch, candidates=candidates)


@pytest.mark.parametrize(("mask", "encoder"), [(True, True), (True, False), (False, True)])
def test_a_model_is_as_causal_as_its_parts(mask, encoder):
    class Mask(MaskSpec):
        def is_causal(self):
            return mask

    class Encoder(EncoderSpec):
        def is_causal(self):
            return encoder

    for part in ("encoder", "query_encoder"):
        cls = SasRecSpec if part == "encoder" else TwoTowerSpec
        assert cls(mask=Mask(), **{part: Encoder()}).is_causal() is (mask and encoder)


class Shifted(nn.Module):
    """Adds the age of the user to each state."""

    def forward(self, model_hidden_state, feature_tensors):
        return model_hidden_state + feature_tensors["age"][:, None, None]


def test_merged_states_are_scored_and_come_last():
    plain = sasrec().eval()
    model = SasRec(plain.body, plain.loss, plain.head, Shifted()).eval()
    features, mask = events()
    features = {**features, "age": torch.arange(B).float()}
    merged = plain.body(features, mask) + features["age"][:, None, None]
    for which, count in (("final", 2), ("all", SIZES["num_blocks"] + 2)):
        output = model(features, mask, output_hidden_states=which)
        assert len(output["hidden_states"]) == count
        torch.testing.assert_close(output["hidden_states"][-1], merged)
        torch.testing.assert_close(output["logits"], model.get_logits(merged[:, -1]))
    alone = model(features, mask, output_hidden_states="none")["logits"]
    torch.testing.assert_close(alone, model.get_logits(merged[:, -1]))


def test_features_of_users_are_grouped_for_what_merges_them():
    age = {"name": "age", "type": "numerical", "is_seq": False, "source": "query_features"}
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
    item |= {"is_seq": True, "source": "interactions"}
    for merger in (None, {"type": "user_features"}):
        model = {"type": "sasrec", **SIZES, "features": ["item_id"], "context_merger": merger}
        raw = {"seqrec": 2, "schema": {"features": [item, age]}, "model": model}
        recipe = resolve(load({**raw, "data": {"type": "parquet"}}))
        for transforms in recipe.data.transforms.values():
            assert transforms[-1].mapping == {"feature_tensors": ("item_id", "age")}
        assert (build(recipe).context_merger is None) is (merger is None)
