import torch
from seqrec_optimizer_standard.sgd import SGDFactory


def steps(factory: SGDFactory, gradients: list[float]) -> list[float]:
    """Values of a parameter that starts at 1, after each gradient."""
    parameter = torch.nn.Parameter(torch.ones(1))
    optimizer, values = factory.create([parameter]), []
    for gradient in gradients:
        parameter.grad = torch.full((1,), gradient)
        optimizer.step()
        values.append(parameter.item())
    return values


def test_sgd_steps_against_the_gradient():
    assert steps(SGDFactory(lr=0.25), [1.0, -2.0]) == [0.75, 1.25]


def test_momentum_keeps_a_share_of_the_last_step():
    assert steps(SGDFactory(lr=0.5, momentum=0.5), [1.0, 0.0, 0.0]) == [0.5, 0.25, 0.125]


def test_weight_decay_is_an_l2_penalty():
    assert steps(SGDFactory(lr=0.5, weight_decay=0.5), [0.0, 0.0]) == [0.75, 0.5625]
