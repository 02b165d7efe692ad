from types import SimpleNamespace

import pytest
import torch
from seqrec_encoder_diff.transformer import DiffTransformerLayer
from seqrec_encoder_hstu.transformer import HSTUEncoder
from seqrec_encoder_ligr.transformer import LiGREncoder
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_mask_causal.causal import DefaultAttentionMask

DIM, HEADS = 8, 2


class Nearness(torch.nn.Module):
    """A position of a stranger's: each head learns what distance costs; queries are stretched.

    All users may share what it adds, and heads may not.
    """

    def __init__(self, is_shared=True):
        super().__init__()
        self.is_shared = is_shared
        self.costs = torch.nn.Parameter(torch.empty(HEADS))
        self.reset_parameters()

    def reset_parameters(self):
        with torch.no_grad():
            self.costs.copy_(torch.linspace(0.1, 0.5, HEADS))

    def forward(self, queries, keys, feature_tensors, padding_mask):
        places = torch.arange(keys.size(2), device=keys.device)
        cost = self.costs[:, None, None] * (places[:, None] - places).abs()  # (H, L, L)
        if not self.is_shared:
            cost = cost.expand(keys.size(0), -1, -1, -1)
        return 1.5 * queries, keys, -cost if cost.dim() == 4 else -cost[None]


def positions():
    return [Nearness(), Nearness(is_shared=False)]


MAKERS = {
    "sasrec": lambda dropout: SasRecTransformerLayer(DIM, HEADS, 2, dropout),
    "diff": lambda dropout: DiffTransformerLayer(DIM, HEADS, 2),
    "ligr": lambda dropout: LiGREncoder(DIM, HEADS, 2, dropout),
    "ligr with positions": lambda dropout: LiGREncoder(
        DIM, HEADS, 2, dropout, positions=positions()
    ),
    "hstu": lambda dropout: HSTUEncoder(DIM, HEADS, 2, 5, dropout),
    "hstu with a position": lambda dropout: HSTUEncoder(
        DIM, HEADS, 2, 5, dropout, positions=[Nearness()]
    ),
    "hstu with positions": lambda dropout: HSTUEncoder(
        DIM, HEADS, 2, 5, dropout, divisor="visible_events", positions=positions()
    ),
}


@pytest.fixture(params=MAKERS)
def make_encoder(request):
    """Makes an encoder whose every weight is random, biases and scales too."""

    def make(dropout=0.0, noise=0.1):
        torch.manual_seed(0)
        encoder = MAKERS[request.param](dropout)
        with torch.no_grad():
            for weight in encoder.parameters():
                weight.add_(noise * torch.randn_like(weight))
        return encoder

    return make


def inputs(real, length, seed=1, broadcast=True):
    """What an encoder takes, for users with so many real events, left-padded to length."""
    generator = torch.Generator().manual_seed(seed)
    padding_mask = torch.arange(length) >= length - torch.tensor(real)[:, None]
    features = {"item_id": torch.zeros(len(real), length, dtype=torch.long)}
    mask = DefaultAttentionMask("item_id", HEADS, broadcast_heads=broadcast)
    return {
        "feature_tensors": features,
        "input_embeddings": torch.randn(len(real), length, DIM, generator=generator),
        "padding_mask": padding_mask,
        "attention_mask": mask(features, padding_mask),
    }


@pytest.fixture
def batch():
    return SimpleNamespace(dim=DIM, heads=HEADS, inputs=inputs, positions=positions)
