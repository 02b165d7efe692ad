"""SasRec: its numbers against a naive formula, its outputs, and what it says of wrong calls."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from seqrec_model_sasrec.body import SasRecBody
from seqrec_model_sasrec.sasrec import SasRec
from torch import nn

from seqrec_core import build, load
from seqrec_core.errors import SpecError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

V, B, L, D = 20, 4, 6, 8
SIZES = {"embedding_dim": D, "num_heads": 2, "num_blocks": 2, "max_sequence_length": L}


def item(**settings):
    return TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=V,
        **settings,
    )


def schema(*others, **settings):
    return TensorSchema([item(**settings), *others])


def model(seed=0, dropout=0.0, **settings):
    torch.manual_seed(seed)
    made = SasRec.from_params(schema(), **(SIZES | {"dropout": dropout} | settings)).double()
    for parameter in made.parameters():  # biases and scales away from 0 and 1
        if parameter.dim() == 1:
            nn.init.normal_(parameter, mean=1.0, std=0.3)
    return made


def events(lengths=(6, 3, 1, 0), length=L, seed=0):
    """Left-padded sequences of these lengths; the mask is True at real events."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(length) >= length - torch.tensor(lengths)[:, None]
    ids = torch.randint(0, V, mask.shape, generator=generator)
    return {"item_id": ids.masked_fill(~mask, V)}, mask


def labels(mask, seed=1):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, V, (*mask.shape, 1), generator=generator)
    return {"positive_labels": ids, "target_padding_mask": mask.unsqueeze(-1)}


def naive_hidden_states(made, ids, mask):
    """SASRec as in the paper and its authors' code, one user and one head at a time."""
    body = made.body
    table = body.embedder.feature_embedders["item_id"].emb.weight
    x = table[ids] * D**0.5 + body.embedding_aggregator.position_embeddings
    for block in body.encoder.blocks:
        q = block.attention_norm(x)
        w, b = block.attention.in_projection.weight, block.attention.in_projection.bias
        queries, keys, values = q @ w[:D].T + b[:D], x @ w[D : 2 * D].T, x @ w[2 * D :].T
        keys, values = keys + b[D : 2 * D], values + b[2 * D :]
        mixed = torch.zeros_like(x)
        for user in range(len(ids)):
            for head in range(0, D, D // 2):
                part = slice(head, head + D // 2)
                for i in range(L):
                    seen = [j for j in range(i + 1) if mask[user, j] or j == i]
                    scores = keys[user, seen, part] @ queries[user, i, part] / (D // 2) ** 0.5
                    mixed[user, i, part] = scores.softmax(0) @ values[user, seen, part]
        x = q + block.attention.out_projection(mixed)
        x = block.feed_forward_norm(x)
        ff = block.feed_forward
        x = x + ff.linear2(torch.relu(ff.linear1(x)))
    return body.output_normalization(x)


def test_hidden_states_and_logits_are_those_of_the_naive_formula():
    made = model().eval()
    features, mask = events()
    output = made(features, mask)
    expected = naive_hidden_states(made, features["item_id"], mask)
    torch.testing.assert_close(output["hidden_states"][0], expected)
    table = made.body.embedder.feature_embedders["item_id"].emb.weight
    torch.testing.assert_close(output["logits"], expected[:, -1] @ table[:V].T)


def test_the_training_loss_is_cross_entropy_of_the_real_positions():
    made = model()
    features, mask = events()
    given = labels(mask)
    output = made(features, mask, **given)
    hidden = naive_hidden_states(made, features["item_id"], mask)[mask]
    table = made.body.embedder.feature_embedders["item_id"].emb.weight
    expected = nn.functional.cross_entropy(
        hidden @ table[:V].T, given["positive_labels"].squeeze(-1)[mask]
    )
    torch.testing.assert_close(output["loss"], expected)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, L - 1), st.integers(0, 10**6))
def test_later_events_do_not_change_earlier_hidden_states(position, seed):
    made = model().eval()
    features, mask = events(lengths=(6, 6, 4, 2), seed=seed)
    changed = features["item_id"].clone()
    changed[:, position:] = (changed[:, position:] + 1) % V
    before = made(features, mask)["hidden_states"][0]
    after = made({"item_id": changed}, mask)["hidden_states"][0]
    assert torch.equal(before[:, :position], after[:, :position])


@settings(max_examples=20, deadline=None)
@given(st.integers(1, L), st.integers(0, 10**6))
def test_a_trimmed_batch_gives_the_same_numbers(length, seed):
    made = model().eval()
    features, mask = events(lengths=(length, 1, length, 0), seed=seed)
    trimmed = {"item_id": features["item_id"][:, L - length :]}
    full = made(features, mask)
    short = made(trimmed, mask[:, L - length :])
    torch.testing.assert_close(short["logits"], full["logits"])
    torch.testing.assert_close(short["hidden_states"][0], full["hidden_states"][0][:, L - length :])


@pytest.mark.parametrize("training", [False, True])
def test_rows_of_padding_alone_stay_finite(training):
    made = model(dropout=0.2).train(training)
    features, mask = events(lengths=(0, 0, 0, 0))
    output = made(features, mask, **(labels(mask) if training else {}))
    assert output["hidden_states"][0].isfinite().all()
    if training:
        output["loss"].backward()
        assert all(p.grad is None or p.grad.isfinite().all() for p in made.parameters())


def test_training_equals_evaluation_without_dropout():
    made = model()
    features, mask = events()
    trained = made.train()(features, mask, **labels(mask))["hidden_states"][0]
    assert torch.equal(trained, made.eval()(features, mask)["hidden_states"][0])


def test_inputs_are_left_as_they_were():
    made = model(dropout=0.2)
    features, mask = events()
    given = labels(mask)
    before = copy.deepcopy((features, mask, given))
    made(features, mask, **given)
    made.eval()(features, mask)
    assert features.keys() == before[0].keys()
    assert torch.equal(features["item_id"], before[0]["item_id"])
    assert torch.equal(mask, before[1])
    assert all(torch.equal(given[name], before[2][name]) for name in given)


def test_gradients_reach_every_parameter_and_leave_the_pad_row_zero():
    made = model()
    features, mask = events()
    made(features, mask, **labels(mask))["loss"].backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in made.parameters())
    table = made.body.embedder.feature_embedders["item_id"].emb.weight
    assert (table[V] == 0).all()
    assert (table.grad[V] == 0).all()


@pytest.mark.parametrize("candidates", [[3, 0, 7], [[3, 0], [1, 1], [2, 5], [19, 4]]])
def test_candidates_get_the_logits_that_they_have_among_all(candidates):
    made = model().eval()
    features, mask = events()
    ids = torch.tensor(candidates)
    everything = made(features, mask)["logits"]
    some = made(features, mask, candidates_to_score=ids)["logits"]
    torch.testing.assert_close(some, everything.gather(1, ids.expand(B, -1)))


def test_only_the_hidden_states_that_are_asked_for_are_returned():
    made = model().eval()
    features, mask = events()
    final = made(features, mask)
    made.output_hidden_states = "all"
    every = made(features, mask)
    made.output_hidden_states = "none"
    none = made(features, mask)
    assert len(final["hidden_states"]) == 1
    assert len(every["hidden_states"]) == 1 + SIZES["num_blocks"]
    torch.testing.assert_close(every["hidden_states"][-1], final["hidden_states"][0])
    ids = features["item_id"]
    embeddings = made.body.embedding_aggregator(made.body.embedder({"item_id": ids}))
    assert torch.equal(every["hidden_states"][0], embeddings)
    assert none["hidden_states"] == ()
    torch.testing.assert_close(none["logits"], final["logits"])
    assert made.train()(features, mask, **labels(mask))["hidden_states"] == ()


def test_an_unknown_choice_of_hidden_states_is_refused():
    made = model()
    made.output_hidden_states = "last"
    with pytest.raises(ValueError, match="'last'; choose 'none', 'final' or 'all'"):
        made(*events())


def test_arguments_without_effect_are_told():
    made = model()
    features, mask = events()
    given = labels(mask)
    with pytest.warns(RuntimeWarning, match="candidates_to_score was given and has no effect in t"):
        made(features, mask, candidates_to_score=torch.arange(3), **given)
    with pytest.warns(RuntimeWarning, match="negative_labels was given and has no effect in CE"):
        made(features, mask, negative_labels=torch.arange(3), **given)
    made.eval()
    for name, value in (given | {"negative_labels": torch.arange(3)}).items():
        with pytest.warns(RuntimeWarning, match=f"{name} was given and has no effect in eval") as w:
            made(features, mask, **{name: value})
        assert w[0].filename == __file__


def test_labels_that_training_needs_are_asked_for():
    made = model()
    features, mask = events()
    with pytest.raises(ValueError, match="add the next_token transform"):
        made(features, mask)
    made.loss = RecordingLoss(needs_negatives=True)
    with pytest.raises(ValueError, match="RecordingLoss needs negative_labels; add a sampler"):
        made(features, mask, **labels(mask))


class RecordingLoss(nn.Module):
    """Remembers what it was called with."""

    def __init__(self, **asks):
        super().__init__()
        for name, value in asks.items():
            setattr(self, name, value)

    def forward(self, model_embeddings, **arguments):
        self.called_with = arguments
        return model_embeddings.sum()


@pytest.mark.parametrize(
    ("asks", "extra"),
    [
        ({}, set()),
        ({"needs_negatives": True}, {"negative_labels"}),
        ({"needs_feature_tensors": True}, {"feature_tensors"}),
    ],
)
def test_a_loss_gets_what_it_asks_for(asks, extra):
    made = model()
    made.loss = RecordingLoss(**asks)
    features, mask = events()
    negatives = {"negative_labels": torch.arange(3)} if "needs_negatives" in asks else {}
    made(features, mask, **labels(mask), **negatives)
    always = {"positive_labels", "target_padding_mask", "scorer"}
    assert made.loss.called_with.keys() == always | extra


def test_ids_and_columns_agree_when_padding_is_not_the_last_id():
    with pytest.warns(UserWarning, match="pads with 0"):
        made = SasRec.from_params(schema(padding_value=0), **SIZES).eval()
    ids = torch.randint(1, V + 1, (B, L))
    mask = torch.ones(B, L, dtype=torch.bool)
    everything = made({"item_id": ids}, mask)["logits"]
    wanted = torch.tensor([1, 20, 5])
    some = made({"item_id": ids}, mask, candidates_to_score=wanted)["logits"]
    torch.testing.assert_close(some, everything[:, made.scorer().columns(wanted)])
    assert everything.shape == (B, V)


class PlainEncoder(nn.Module):
    """An encoder with nothing but `forward`."""

    def forward(self, feature_tensors, input_embeddings, padding_mask, attention_mask):
        return input_embeddings.cumsum(1)


def test_an_encoder_without_shortcuts_and_a_plain_norm_will_do():
    body = model().body
    parts = (body.embedder, body.embedding_aggregator, body.attn_mask_builder)
    made = SasRec(SasRecBody(*parts, PlainEncoder(), nn.LayerNorm(D).double()), RecordingLoss())
    features, mask = events()
    final = made.eval()(features, mask)
    made.output_hidden_states = "none"
    torch.testing.assert_close(made(features, mask)["logits"], final["logits"])
    made.output_hidden_states = "all"
    assert len(made(features, mask)["hidden_states"]) == 2


def test_from_params_leaves_out_query_id_timestamp_and_excluded_features():
    def numbers(name, hint=None):
        return TensorFeatureInfo(name, FeatureType.NUMERICAL, is_seq=True, feature_hint=hint)

    user = TensorFeatureInfo("user_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID)
    features = [user, numbers("time", FeatureHint.TIMESTAMP), numbers("price"), numbers("size")]
    made = SasRec.from_params(schema(*features), **SIZES, excluded_features=["size"])
    assert made.body.embedder.feature_names == ["item_id", "price"]
    with pytest.raises(ValueError, match=r"excluded_features has \['sise'\]"):
        SasRec.from_params(schema(*features), **SIZES, excluded_features=["sise"])


def test_from_params_refuses_sizes_that_do_not_fit():
    with pytest.raises(SpecError, match=r"model\.num_heads: 3 does not divide embedding_dim 8"):
        SasRec.from_params(schema(), **(SIZES | {"num_heads": 3}))
    with pytest.raises(SpecError, match="embedding_dim"):
        SasRec.from_params(schema(embedding_dim=16), **SIZES)


def test_a_spec_builds_what_from_params_makes():
    torch.manual_seed(42)
    made = SasRec.from_params(schema(), **SIZES).state_dict()
    feature = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": V}
    recipe = load(
        {"schema": {"features": [feature]}, "model": {"type": "sasrec", **SIZES}, "seed": 42}
    )
    built = build(recipe).state_dict()
    assert built.keys() == made.keys()
    assert all(torch.equal(built[name], made[name]) for name in made)


def test_weights_come_from_the_global_generator():
    assert torch.equal(*(next(model(seed=1).parameters()) for _ in range(2)))
    assert not torch.equal(next(model(seed=1).parameters()), next(model(seed=2).parameters()))


@pytest.mark.parametrize("wanted", ["none", "final", "all"])
def test_evaluation_compiles_to_one_graph(wanted):
    made = model().float().eval()
    made.output_hidden_states = wanted
    features, mask = events()
    expected = made(features, mask)
    compiled = torch.compile(made, fullgraph=True, backend="aot_eager")(features, mask)
    exported = torch.export.export(made, (features, mask)).module()(features, mask)
    torch.testing.assert_close(compiled["logits"], expected["logits"])
    torch.testing.assert_close(exported["logits"], expected["logits"])
    assert len(exported["hidden_states"]) == len(expected["hidden_states"])
