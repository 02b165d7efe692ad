"""The numbers, against a formula of their own."""

import torch

from seqrec_encoder_gru.gru import Gru


def step(layer, event, state):
    """One event (D,) and the state (D,) before it give the state after it, by the formulas."""
    from_event = (layer["weight_ih_l0"] @ event + layer["bias_ih_l0"]).chunk(3)
    from_state = (layer["weight_hh_l0"] @ state + layer["bias_hh_l0"]).chunk(3)
    reset = torch.sigmoid(from_event[0] + from_state[0])
    update = torch.sigmoid(from_event[1] + from_state[1])
    candidate = torch.tanh(from_event[2] + reset * from_state[2])
    return (1 - update) * candidate + update * state


def test_states_are_those_of_the_formulas_over_real_events_alone():
    torch.manual_seed(0)
    encoder, events = Gru(3, 1, 0.5).double(), torch.randn(2, 5, 3, dtype=torch.float64)
    real = torch.tensor([[False, False, True, True, True], [False, True, True, False, True]])
    states = encoder({}, events, real, torch.zeros(2, 1, 5, 5))
    for user in range(2):
        state = torch.zeros(3, dtype=torch.float64)
        for position in range(5):
            if real[user, position]:
                state = step(dict(encoder.gru.named_parameters()), events[user, position], state)
                torch.testing.assert_close(states[user, position], state)
            else:
                assert not states[user, position].any()


def test_two_layers_drop_between_them_and_only_in_training():
    torch.manual_seed(0)
    encoder, events = Gru(4, 2, 0.5), torch.randn(1, 3, 4)
    arguments = ({}, events, torch.ones(1, 3, dtype=torch.bool), torch.zeros(1, 1, 3, 3))
    assert not torch.equal(encoder.train()(*arguments), encoder(*arguments))
    assert torch.equal(encoder.eval()(*arguments), encoder(*arguments))
