from types import SimpleNamespace

import pytest
import torch
from seqrec_encoder_diff.transformer import DiffTransformerLayer
from seqrec_encoder_sasrec.transformer import SasRecTransformerLayer
from seqrec_mask_causal.causal import DefaultAttentionMask

DIM, HEADS = 8, 2
MAKERS = {
    "sasrec": lambda dropout: SasRecTransformerLayer(DIM, HEADS, 2, dropout),
    "diff": lambda dropout: DiffTransformerLayer(DIM, HEADS, 2),
}


@pytest.fixture(params=MAKERS)
def make_encoder(request):
    """Makes an encoder whose every weight is random, biases and scales too."""

    def make(dropout=0.0):
        torch.manual_seed(0)
        encoder = MAKERS[request.param](dropout)
        with torch.no_grad():
            for weight in encoder.parameters():
                weight.add_(0.1 * torch.randn_like(weight))
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
    return SimpleNamespace(dim=DIM, heads=HEADS, inputs=inputs)
