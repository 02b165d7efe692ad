"""Norms: one is right, each of the others wrong in one way."""

from torch import nn


class Healthy(nn.Module):
    def forward(self, states):
        return states / (states.norm(dim=-1, keepdim=True) + 1e-6)


class DividesByZero(Healthy):
    def forward(self, states):
        return states / states.norm(dim=-1, keepdim=True)


class NormsTheBatch(Healthy):
    def forward(self, states):
        return states / (states.norm() + 1e-6)
