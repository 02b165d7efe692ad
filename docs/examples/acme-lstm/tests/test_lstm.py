"""The numbers, against a formula of their own."""

import torch

from acme_lstm.lstm import Lstm


def step(layer, event, state, memory):
    """One event (D,) after the state and the memory (D,) before it, by the formulas."""
    from_event = layer["weight_ih_l0"] @ event + layer["bias_ih_l0"]
    from_state = layer["weight_hh_l0"] @ state + layer["bias_hh_l0"]
    entry, keep, candidate, output = (from_event + from_state).chunk(4)
    memory = torch.sigmoid(keep) * memory + torch.sigmoid(entry) * torch.tanh(candidate)
    return torch.sigmoid(output) * torch.tanh(memory), memory


def test_states_are_those_of_the_formulas_over_real_events_alone():
    torch.manual_seed(0)
    encoder, events = Lstm(3, 1, 0.5).double(), torch.randn(2, 5, 3, dtype=torch.float64)
    real = torch.tensor([[False, False, True, True, True], [False, True, True, False, True]])
    states = encoder({}, events, real, torch.zeros(2, 1, 5, 5))
    layer = dict(encoder.lstm.named_parameters())
    for user in range(2):
        state = memory = torch.zeros(3, dtype=torch.float64)
        for position in range(5):
            if real[user, position]:
                state, memory = step(layer, events[user, position], state, memory)
                torch.testing.assert_close(states[user, position], state)
            else:
                assert not states[user, position].any()


def test_two_layers_drop_between_them_and_only_in_training():
    torch.manual_seed(0)
    encoder, events = Lstm(4, 2, 0.5), torch.randn(1, 3, 4)
    arguments = ({}, events, torch.ones(1, 3, dtype=torch.bool), torch.zeros(1, 1, 3, 3))
    assert not torch.equal(encoder.train()(*arguments), encoder(*arguments))
    assert torch.equal(encoder.eval()(*arguments), encoder(*arguments))
