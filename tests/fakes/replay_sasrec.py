"""A SasRec of torch's own layers, whose state dict has the names that RePlay gives."""

import torch
from torch import nn

__all__ = ["HEADS", "D", "L", "V", "saved", "scores", "theirs"]

V, L, D, HEADS = 15, 6, 8, 2


class Named(nn.Module):
    """A module with these parts, named as RePlay names them."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)


def feed_forward():
    return Named(conv1=nn.Conv1d(D, D, 1), conv2=nn.Conv1d(D, D, 1))


def theirs(blocks=2):
    """A SasRec of torch's own layers, whose state dict has RePlay's names."""
    torch.manual_seed(3)
    encoder = Named(
        attention_layers=nn.ModuleList(
            nn.MultiheadAttention(D, HEADS, batch_first=True) for _ in range(blocks)
        ),
        attention_layernorms=nn.ModuleList(nn.LayerNorm(D, eps=1e-8) for _ in range(blocks)),
        forward_layers=nn.ModuleList(feed_forward() for _ in range(blocks)),
        forward_layernorms=nn.ModuleList(nn.LayerNorm(D, eps=1e-8) for _ in range(blocks)),
    )
    table = Named(emb=nn.Embedding(V + 1, D, padding_idx=V))
    model = Named(
        body=Named(
            embedder=Named(feature_embedders=nn.ModuleDict({"item_id": table})),
            embedding_aggregator=Named(pe=nn.Embedding(L, D)),
            encoder=encoder,
            output_normalization=nn.LayerNorm(D),
        )
    )
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    return model


def scores(model, ids):
    """Their logits for sequences without padding; positions count from the left."""
    body, length = model.body, ids.size(1)
    weight = body.embedder.feature_embedders["item_id"].emb.weight
    x = weight[ids] * D**0.5 + body.embedding_aggregator.pe.weight[:length]
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    e = body.encoder
    for attention, norm, ff, ff_norm in zip(
        e.attention_layers,
        e.attention_layernorms,
        e.forward_layers,
        e.forward_layernorms,
        strict=True,
    ):
        query = norm(x)
        x = ff_norm(query + attention(query, x, x, attn_mask=future, need_weights=False)[0])
        x = x + ff.conv2(torch.relu(ff.conv1(x.mT))).mT
    return body.output_normalization(x)[:, -1] @ weight[:V].T


def saved(content, folder):
    """Path of a checkpoint in a folder."""
    path = folder / "model.ckpt"
    torch.save(content, path)
    return path
