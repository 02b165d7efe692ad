import torch
from seqrec_optimizer_standard.adam import AdamFactory


def table() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(7, 3, generator=torch.Generator().manual_seed(0)))


def test_dense_adam_follows_the_paper():
    parameter, gradient = table(), torch.randn(7, 3, dtype=torch.float64)
    expected = parameter.detach().double().clone()
    mean = square = torch.zeros_like(expected)
    optimizer = AdamFactory(lr=0.1, betas=(0.8, 0.9), eps=1e-6).create([parameter])
    for step in range(1, 6):
        parameter.grad = (gradient * step).float()
        optimizer.step()
        mean = 0.8 * mean + 0.2 * gradient * step
        square = 0.9 * square + 0.1 * (gradient * step) ** 2
        scaled = (square / (1 - 0.9**step)).sqrt() + 1e-6
        expected = expected - 0.1 * mean / (1 - 0.8**step) / scaled
    torch.testing.assert_close(parameter.detach().double(), expected, rtol=1e-5, atol=1e-6)


def test_weight_decay_is_an_l2_penalty():
    penalised, plain = table(), table()
    for parameter, decay in ((penalised, 0.5), (plain, 0.0)):
        gradient = torch.ones_like(parameter)
        parameter.grad = gradient if decay else gradient + 0.5 * parameter.detach()
        AdamFactory(lr=0.1, weight_decay=decay).create([parameter]).step()
    torch.testing.assert_close(penalised, plain)


def test_adam_is_fused_unless_its_user_or_a_parameter_forbids_it():
    integers = torch.zeros(2, dtype=torch.int64)
    assert AdamFactory().create([table()]).defaults["fused"]
    assert not AdamFactory(fused=False).create([table()]).defaults["fused"]
    assert not AdamFactory().create([table(), integers]).defaults["fused"]


def test_parameters_may_come_from_a_generator():
    optimizer = AdamFactory().create(parameter for parameter in [table(), table()])
    assert len(optimizer.param_groups[0]["params"]) == 2
