"""Postprocessors: one is right, each of the others wrong in one way."""

import torch


class Healthy:
    """Halves logits."""

    def on_prediction(self, batch, logits):
        return logits / 2

    on_validation = on_prediction


class ChangesLogitsInPlace(Healthy):
    def on_prediction(self, batch, logits):
        return logits.masked_fill_(logits > 0, -torch.inf)


class CutsLogits(Healthy):
    def on_prediction(self, batch, logits):
        return logits[:, :-1]


class GivesNaN(Healthy):
    def on_validation(self, batch, logits):
        return logits.log()


class TakesColumnsForItems(Healthy):
    def on_prediction(self, batch, logits):
        return torch.cat([logits[:, :3] - 1, logits[:, 3:]], -1)


class TakesAllUsersForOne(Healthy):
    def on_prediction(self, batch, logits):
        items = batch.get("candidates_to_score", torch.arange(logits.size(1)))
        return logits - (items if items.dim() == 1 else items[:1])


class NamesOtherItemsThanItDrops:
    def on_prediction(self, batch, logits):
        return logits.scatter(1, torch.zeros(len(logits), 1, dtype=torch.int64), -torch.inf)

    on_validation = on_prediction

    def excluded_items(self, batch):
        return torch.ones(len(batch["query_id"]), 1, dtype=torch.int64)
