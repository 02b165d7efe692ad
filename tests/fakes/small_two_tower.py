"""A catalogue with genres and prices, a TwoTower small enough to compute by hand, and batches."""

import torch
from seqrec_model_two_tower.two_tower import TwoTower
from torch import nn

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
ITEMS = {"item_id": list(range(V)), "genres": GENRES, "price": PRICES}


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


def two_tower(reader, seed=0, dropout=0.0):
    torch.manual_seed(seed)
    return TwoTower.from_params(SCHEMA, reader, **SIZES, dropout=dropout)


def events(seed=0, lengths=(5, 2, 0)):
    """Left-padded sequences of these lengths; the mask is True at real events."""
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
    """One label a position; those of real events count."""
    ids = torch.randint(0, V, (*mask.shape, 1), generator=torch.Generator().manual_seed(1))
    return {"positive_labels": ids, "target_padding_mask": mask.unsqueeze(-1)}


def naive_item_embeddings(model):
    """Item by item, as the formula of the tower says."""
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


def count_item_rows(model):
    """Rows that went through the item encoder, call by call: a list that grows."""
    rows = []
    model.body.item_tower.encoder.register_forward_pre_hook(
        lambda _, args, kwargs: rows.append(kwargs["input_embeddings"][..., 0].numel()),
        with_kwargs=True,
    )
    return rows
