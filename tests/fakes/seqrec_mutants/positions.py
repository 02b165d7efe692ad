"""Positions of which each is wrong in one way."""

import torch
from torch import nn


class CountsFromTheLeft(nn.Module):
    def forward(self, queries, keys, feature_tensors, padding_mask):
        places = torch.arange(queries.size(-2), dtype=queries.dtype)
        return queries, keys, (places[:, None] * places)[None, None]


class LooksAhead(nn.Module):
    def forward(self, queries, keys, feature_tensors, padding_mask):
        real = padding_mask[:, None, :, None]
        ahead = (keys * real).flip(-2).cumsum(-2).flip(-2)
        return ahead, keys, None


class ForgetsTheUsers(nn.Module):
    def forward(self, queries, keys, feature_tensors, padding_mask):
        return queries, keys, queries.new_zeros(2, queries.size(-2), queries.size(-2))


class Hides(nn.Module):
    def forward(self, queries, keys, feature_tensors, padding_mask):
        places = torch.arange(queries.size(-2))
        far = (places[:, None] - places).abs() > 3
        return queries, keys, queries.new_zeros(far.shape).masked_fill(far, -torch.inf)[None, None]


class WritesToItsInput(nn.Module):
    def forward(self, queries, keys, feature_tensors, padding_mask):
        feature_tensors["item_id"].zero_()
        return queries, keys, None
