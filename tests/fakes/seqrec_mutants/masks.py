"""Attention masks: one is right, each of the others wrong in one way."""

import torch
from torch import nn


class Healthy(nn.Module):
    """Causal, padding hidden, diagonal open: (B, 1, L, L)."""

    def forward(self, feature_tensor, padding_mask):
        seen = self.seen(padding_mask) | torch.eye(padding_mask.size(1), dtype=torch.bool)
        return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None]

    def seen(self, real):
        past = torch.ones(real.size(1), real.size(1), dtype=torch.bool).tril()
        return real[:, None] & past


class ShowsTheFuture(Healthy):
    def seen(self, real):
        return real[:, None].expand(-1, real.size(1), -1)


class ShowsPadding(Healthy):
    def seen(self, real):
        past = torch.ones(real.size(1), real.size(1), dtype=torch.bool).tril()
        return past.expand(len(real), -1, -1)


class HidesWholeRows(Healthy):
    def forward(self, feature_tensor, padding_mask):
        seen = self.seen(padding_mask)
        return torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None]


class HidesTheDistantPast(Healthy):
    def seen(self, real):
        return super().seen(real) & torch.ones(real.size(1), real.size(1)).triu(-2).bool()
