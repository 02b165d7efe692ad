"""The module of acme_decay."""

import torch
from torch import nn


class Decay(nn.Module):
    def __init__(self, num_heads, rate):
        super().__init__()
        self.rates = nn.Parameter(torch.full((num_heads,), rate))

    def forward(self, queries, keys, feature_tensors, padding_mask):
        places = torch.arange(queries.size(-2), device=queries.device)
        distances = (places[:, None] - places).abs()
        return queries, keys, -self.rates[None, :, None, None] * distances
