"""A model and a loss that have changed since `tests/core/bundles/aged` was written."""

import torch
from torch import nn

from seqrec_core.spec import LossSpec, ModelSpec, component, inherited, param, spec


class Loss(nn.Module):
    def __init__(self, smoothing):
        super().__init__()
        self.smoothing = smoothing


class Model(nn.Module):
    def __init__(self, width, factor, cardinality, loss, second_loss):
        super().__init__()
        self.table = nn.Embedding(cardinality + 1, width, padding_idx=cardinality)
        self.factor, self.loss, self.second_loss = factor, loss, second_loss

    def forward(self, feature_tensors, padding_mask):
        last = self.table(feature_tensors["item_id"])[:, -1]
        return {"logits": torch.mm(self.factor * last, self.table.weight[:-1].T)}


@spec
class LossOfToday(LossSpec):
    """Version 1 counted `percent`."""

    target = "seqrec_aged:Loss"
    version = 2
    migrations = {1: lambda raw: {"smoothing": raw["percent"] / 100}}
    smoothing: float = param(0.0, ge=0, lt=1, help="share")


def _width_was_size(raw):
    raw["width"] = raw.pop("size")
    return raw


def _factor_was_a_word(raw):
    raw["factor"] = {"plain": 1.0, "double": 2.0}[raw.pop("scale")]
    return raw


@spec
class ModelOfToday(ModelSpec):
    """Version 1 called its `width` size; 1 and 2 had a word for `factor`, and one loss."""

    target = "seqrec_aged:Model"
    version = 3
    migrations = {1: _width_was_size, 2: _factor_was_a_word}
    width: int = param(8, ge=1, help="size")
    factor: float = param(1.0, gt=0, help="of logits")
    cardinality: int = inherited(help="items")
    loss: LossSpec = component("local:aged_loss", help="loss")
    second_loss: LossSpec = component("local:aged_loss", smoothing=0.2, help="added in version 3")
