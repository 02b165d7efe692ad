"""A layer of gated recurrent units."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["GruLayer"]


class GruLayer(nn.Module):
    """What `torch.nn.GRU` of one layer computes, from the same weights, in graphs too.

    Source: Hidasi et al., arXiv:1511.06939, eqs. 1 to 4, with the biases of torch and its reset
    gate, which acts behind the product with the state. Rows are those of the reset gate, the
    update gate and the candidate, in this order. TorchDynamo refuses `nn.GRU` itself.
    """

    def __init__(self, input_size: int, hidden_size: int):
        super().__init__()
        self.hidden_size = hidden_size
        self.weight_ih = nn.Parameter(torch.empty(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.empty(3 * hidden_size, hidden_size))
        self.bias_ih = nn.Parameter(torch.empty(3 * hidden_size))
        self.bias_hh = nn.Parameter(torch.empty(3 * hidden_size))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights of torch, uniform in +-1/sqrt(hidden_size)."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            nn.init.uniform_(weight, -bound, bound)

    def forward(self, inputs: Tensor) -> Tensor:
        """States (B, L, units) of inputs (B, L, D), by the kernel of torch.

        In graphs of TorchDynamo every position is written out, so that they grow with L.
        """
        if torch.compiler.is_dynamo_compiling():
            return self._written_out(inputs)
        weights = (self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        if inputs.is_cuda:  # cuDNN asks for one piece of memory, which moving a module takes apart
            whole = torch.cat([weight.flatten() for weight in weights])
            pieces = whole.split([weight.numel() for weight in weights])
            weights = tuple(p.view_as(w) for p, w in zip(pieces, weights, strict=True))
        start = inputs.new_zeros(1, inputs.size(0), self.hidden_size)
        return torch.gru(inputs, start, weights, True, 1, 0.0, self.training, False, True)[0]

    def _written_out(self, inputs: Tensor) -> Tensor:
        split = 2 * self.hidden_size
        state = inputs.new_zeros(inputs.size(0), self.hidden_size)
        states = []
        for of_input in F.linear(inputs, self.weight_ih, self.bias_ih).unbind(1):  # (B, 3 * units)
            of_state = F.linear(state, self.weight_hh, self.bias_hh)
            reset, update = (of_input + of_state)[:, :split].sigmoid().chunk(2, dim=1)
            candidate = (of_input[:, split:] + reset * of_state[:, split:]).tanh()
            state = candidate.lerp(state, update)
            states.append(state)
        return torch.stack(states, dim=1)
