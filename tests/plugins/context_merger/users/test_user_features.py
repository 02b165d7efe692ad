"""Features of users in hidden states, and in what SasRec recommends."""

import pytest
import torch
from seqrec_context_merger_users.user_features import UserFeatures
from seqrec_model_sasrec.sasrec import SasRec

from seqrec_core.schema import (
    FeatureHint,
    FeatureSource,
    FeatureType,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)

B, L, D = 4, 3, 8


def of_users(name, type_, **settings):
    source = TensorFeatureSource(FeatureSource.QUERY_FEATURES, name)
    return TensorFeatureInfo(
        name, type_, feature_sources=[source], **{"embedding_dim": D, **settings}
    )


ITEM = TensorFeatureInfo(
    "item_id",
    FeatureType.CATEGORICAL,
    is_seq=True,
    feature_hint=FeatureHint.ITEM_ID,
    cardinality=60,
)
SCHEMA = TensorSchema(
    [
        ITEM,
        of_users("query_id", FeatureType.CATEGORICAL, feature_hint=FeatureHint.QUERY_ID),
        of_users("request_time", FeatureType.NUMERICAL, feature_hint=FeatureHint.REQUEST_TIME),
        of_users("country", FeatureType.CATEGORICAL, cardinality=3),
        of_users("likes", FeatureType.CATEGORICAL_LIST, cardinality=4, embedding_dim=5),
        of_users("age", FeatureType.NUMERICAL),
        of_users("profile", FeatureType.NUMERICAL_LIST, tensor_dim=2),
    ]
)
FEATURES = {
    "country": torch.tensor([0, 2, 3, 1]),
    "likes": torch.tensor([[0, 4], [1, 2], [4, 4], [3, 3]]),
    "age": torch.tensor([0.1, -1.0, 0.0, 2.0]),
    "profile": torch.rand(B, 2, generator=torch.Generator().manual_seed(0)),
}


@pytest.fixture
def merger():
    torch.manual_seed(0)
    merger = UserFeatures.from_spec(SCHEMA, D).eval()
    torch.nn.init.normal_(merger.linear.weight)
    torch.nn.init.normal_(merger.linear.bias)
    return merger


def test_a_map_of_all_embeddings_is_added_to_every_state(merger):
    assert merger.feature_names == ["country", "likes", "age", "profile"]
    country, likes, age, profile = merger.embedders
    rows = []
    for user in range(B):
        liked = [likes.emb.weight[i] for i in FEATURES["likes"][user] if i != 4]
        parts = [
            country.emb.weight[FEATURES["country"][user]],
            sum(liked) / len(liked) if liked else torch.zeros(5),
            FEATURES["age"][user] * age.linear.weight[:, 0] + age.linear.bias,
            profile.linear.weight @ FEATURES["profile"][user] + profile.linear.bias,
        ]
        rows.append(merger.linear.weight @ torch.cat(parts) + merger.linear.bias)
    states = torch.randn(B, L, D)
    expected = states + torch.stack(rows)[:, None]
    torch.testing.assert_close(merger(states, FEATURES), expected)
    torch.testing.assert_close(merger(states[:, -1], FEATURES), expected[:, -1])


def test_it_starts_as_if_it_was_not_there_and_learns(merger):
    merger.reset_parameters()
    states = torch.randn(B, L, D)
    assert torch.equal(merger(states, FEATURES), states)
    merger(states, FEATURES).square().sum().backward()
    assert merger.linear.weight.grad.any()


def test_faulty_choices_are_refused():
    with pytest.raises(ValueError, match=r"user_features has \['item_id'\]; features of users are"):
        UserFeatures.from_spec(SCHEMA, D, user_features=["item_id"])
    with pytest.raises(ValueError, match="there are no features of users to merge"):
        UserFeatures.from_spec(TensorSchema(ITEM), D)
    with pytest.raises(ValueError, match=r"\['item_id'\] are features of events"):
        UserFeatures([ITEM], D)
    few = UserFeatures.from_spec(SCHEMA, D, user_features=["age"])
    assert few.feature_names == ["age"]
    with pytest.raises(ValueError, match="no feature 'age' of users among"):
        few(torch.zeros(B, D), {"country": FEATURES["country"]})


@pytest.mark.slow
def test_what_users_have_in_common_helps_sasrec():
    """Users of a country choose among items of that country; their first event tells nothing."""
    draw = torch.Generator().manual_seed(0)

    def users(count):
        country = torch.randint(3, (count,), generator=draw)
        items = torch.randint(20, (count, 3), generator=draw) * 3 + country[:, None]
        items[:, 0] = torch.randint(60, (count,), generator=draw)
        return country, items

    def loss_of(model, country, items):
        return model(
            {"item_id": items[:, :1], "country": country},
            torch.ones(len(items), 1, dtype=torch.bool),
            positive_labels=items[:, 1:2, None],
            target_padding_mask=torch.ones(len(items), 1, 1, dtype=torch.bool),
        )["loss"]

    known, unseen, losses = users(300), users(300), []
    for merges in (False, True):
        torch.manual_seed(0)
        model = SasRec.from_params(
            TensorSchema(ITEM), 16, num_heads=2, max_sequence_length=2, dropout=0.1
        )
        if merges:
            schema = SCHEMA.subset(["country"])
            model.context_merger = UserFeatures.from_spec(schema, 16)
        optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
        for _ in range(100):
            optimizer.zero_grad()
            loss_of(model, *known).backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(loss_of(model, *unseen).item())
    assert losses[1] < losses[0] - 0.5  # log(3) is what the country is worth
