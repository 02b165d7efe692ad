"""Readers: one is right, each of the others wrong in one way."""

import torch
from seqrec_tool_conformance.batches import V


class Healthy:
    """Makes features up."""

    feature_names = ("item_id", "tags", "price", "image")

    def __getitem__(self, key):
        features = {
            "item_id": torch.arange(V),
            "tags": torch.zeros(V, 2, dtype=torch.long),
            "price": torch.zeros(V),
            "image": torch.zeros(V, 3),
        }
        return features[key]


class ForgetsAFeature(Healthy):
    feature_names = ("item_id", "tags", "price")


class TurnsTheItemsRound(Healthy):
    def __getitem__(self, key):
        return super().__getitem__(key).flip(0)


class MakesUpAnything(Healthy):
    def __getitem__(self, key):
        return super().__getitem__(key if key in self.feature_names else "price")
