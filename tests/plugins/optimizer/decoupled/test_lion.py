import torch
from seqrec_optimizer_decoupled.lion import Lion, LionFactory


def gradients(steps):
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(6, 2, dtype=torch.float64, generator=generator) for _ in range(steps)]


def test_it_follows_the_paper():
    parameter = torch.nn.Parameter(torch.linspace(-1, 1, 12).view(6, 2))
    weight, momentum = parameter.detach().double(), torch.zeros(6, 2, dtype=torch.float64)
    factory = LionFactory(lr=0.05, betas=(0.7, 0.8), weight_decay=0.4)
    optimizer = factory.create_named([("projection", parameter)])
    for gradient in gradients(6):
        parameter.grad = gradient.float()
        optimizer.step()
        update = (0.7 * momentum + 0.3 * gradient).sign()
        weight = weight - 0.05 * (update + 0.4 * weight)
        momentum = 0.8 * momentum + 0.2 * gradient
    torch.testing.assert_close(parameter.detach().double(), weight, rtol=1e-5, atol=1e-6)


def test_it_keeps_one_number_a_weight_and_leaves_the_gradient():
    parameter = torch.nn.Parameter(torch.ones(6, 2))
    optimizer = LionFactory().create([parameter])
    parameter.grad = gradients(1)[0].float()
    before = parameter.grad.clone()
    optimizer.step()
    assert torch.equal(parameter.grad, before)
    assert {name: x.shape for name, x in optimizer.state[parameter].items()} == {
        "momentum": parameter.shape
    }


def test_a_weight_whose_gradient_is_nothing_only_decays():
    parameter = torch.nn.Parameter(torch.full((2, 2), 2.0))
    parameter.grad = torch.zeros(2, 2)
    Lion([parameter], lr=0.1, weight_decay=0.5).step()
    torch.testing.assert_close(parameter.detach(), torch.full((2, 2), 2 * (1 - 0.05)))


def test_a_closure_is_run_and_its_loss_returned():
    parameter = torch.nn.Parameter(torch.ones(2, 2))

    def closure():
        parameter.grad = None
        loss = parameter.sum()
        loss.backward()
        return loss

    assert Lion([parameter], lr=0.5).step(closure) == 4
    assert torch.equal(parameter.detach(), torch.full((2, 2), 0.5))


def test_half_precision_keeps_its_type():
    parameter = torch.nn.Parameter(torch.ones(2, 2, dtype=torch.bfloat16))
    parameter.grad = torch.ones_like(parameter)
    Lion([parameter], lr=0.5).step()
    assert parameter.dtype == torch.bfloat16
