"""A SasRec small enough to compute by hand, and batches for it."""

import torch
from seqrec_model_sasrec.sasrec import SasRec
from torch import nn

from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo, TensorSchema

V, B, L, D = 20, 4, 6, 8
SIZES = {"embedding_dim": D, "num_heads": 2, "num_blocks": 2, "max_sequence_length": L}


def schema(*others, **settings):
    """Items and other features; the settings are those of the item feature."""
    item = TensorFeatureInfo(
        "item_id",
        FeatureType.CATEGORICAL,
        is_seq=True,
        feature_hint=FeatureHint.ITEM_ID,
        cardinality=V,
        **settings,
    )
    return TensorSchema([item, *others])


def sasrec(seed=0, dropout=0.0, **settings):
    """A model in double precision, its biases and scales away from 0 and 1."""
    torch.manual_seed(seed)
    model = SasRec.from_params(schema(), **(SIZES | {"dropout": dropout} | settings)).double()
    for parameter in model.parameters():
        if parameter.dim() == 1:
            nn.init.normal_(parameter, mean=1.0, std=0.3)
    return model


def events(lengths=(6, 3, 1, 0), length=L, seed=0):
    """Left-padded sequences of these lengths; the mask is True at real events."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(length) >= length - torch.tensor(lengths)[:, None]
    ids = torch.randint(0, V, mask.shape, generator=generator)
    return {"item_id": ids.masked_fill(~mask, V)}, mask


def labels(mask, seed=1):
    """One label a position; those of real events count."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, V, (*mask.shape, 1), generator=generator)
    return {"positive_labels": ids, "target_padding_mask": mask.unsqueeze(-1)}
