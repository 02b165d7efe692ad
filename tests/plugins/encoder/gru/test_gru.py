import pytest
import torch
from seqrec_encoder_gru.gru import Gru

REAL = torch.tensor(
    [[False, False, True, True, True], [False, True, True, False, True], [False] * 5, [True] * 5]
)


def naive(encoder, events):
    """States (L, D) of the real events (L, D) of one user, by the paper's equations."""
    for layer in encoder.layers:
        state, states = torch.zeros(layer.hidden_size, dtype=torch.float64), []
        for event in events:
            from_event = (layer.weight_ih @ event + layer.bias_ih).chunk(3)
            from_state = (layer.weight_hh @ state + layer.bias_hh).chunk(3)
            reset = torch.sigmoid(from_event[0] + from_state[0])
            update = torch.sigmoid(from_event[1] + from_state[1])
            candidate = torch.tanh(from_event[2] + reset * from_state[2])
            state = (1 - update) * candidate + update * state
            states.append(state)
        events = states
    if encoder.projection is not None:
        events = [encoder.projection(state) for state in events]
    return torch.stack(events)


@pytest.mark.parametrize("hidden_size", [None, 3, 7])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_states_are_those_of_the_equations_over_real_events_alone(num_layers, hidden_size):
    torch.manual_seed(0)
    encoder = Gru(3, num_layers, 0.5, hidden_size).double().eval()
    events = torch.randn(4, 5, 3, dtype=torch.float64)
    states = encoder({}, events, REAL, torch.zeros(4, 1, 5, 5))
    last = encoder.forward_last({}, events, REAL, torch.zeros(4, 1, 5, 5))
    for user, real in enumerate(REAL):
        expected = torch.zeros(5, 3, dtype=torch.float64)
        if real.any():
            expected[real] = naive(encoder, events[user, real])
        torch.testing.assert_close(states[user], expected)
        torch.testing.assert_close(last[user], expected[-1])


def test_a_layer_without_another_behind_it_drops_out_too_and_only_in_training():
    torch.manual_seed(0)
    encoder, events = Gru(64, 1, 0.5), torch.randn(1, 3, 64)
    arguments = ({}, events, torch.ones(1, 3, dtype=torch.bool), torch.zeros(1, 1, 3, 3))
    assert 0.3 < (encoder.train()(*arguments) == 0).float().mean() < 0.7
    assert not (encoder.eval()(*arguments) == 0).any()


def test_a_graph_of_it_takes_batches_of_another_size():
    encoder = Gru(4, 2, 0.0).eval()
    arguments = ({}, torch.randn(4, 5, 4), REAL, torch.zeros(4, 1, 5, 5))
    users = torch.export.Dim("users", min=2, max=64)
    shapes = ({}, {0: users}, {0: users}, {0: users})
    program = torch.export.export(encoder, arguments, dynamic_shapes=shapes).module()
    fewer = ({}, *(argument[:3] for argument in arguments[1:]))
    torch.testing.assert_close(program(*fewer), encoder(*fewer))


def test_fresh_weights_are_other_weights():
    encoder = Gru(4, 2, 0.0, 3)
    before = [weight.detach().clone() for weight in encoder.parameters()]
    encoder.reset_parameters()
    assert all(
        not torch.equal(one, two) for one, two in zip(before, encoder.parameters(), strict=True)
    )
