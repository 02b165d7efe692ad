import pytest
import torch
from seqrec_optimizer_decoupled.adamw import AdamWFactory
from seqrec_optimizer_decoupled.lion import LionFactory
from tiny_runs import InterruptAt, Model, fit, tiny_trainer

from seqrec_core.errors import SeqrecError


class WithGain(Model):
    """The tiny model, whose hidden states have a gain: a vector."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(4))

    def forward(self, feature_tensors, padding_mask, positive_labels=None):
        output = super().forward(feature_tensors, padding_mask, positive_labels)
        return {**output, "loss": output["loss"] * self.gain.mean()} if self.training else output


def test_it_follows_the_paper():
    start = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    gradient = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    parameter, expected = torch.nn.Parameter(start.clone()), start.double()
    mean = square = torch.zeros_like(expected)
    factory = AdamWFactory(lr=0.1, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.3)
    optimizer = factory.create_named([("projection", parameter)])
    for step in range(1, 6):
        parameter.grad = (gradient * step).float()
        optimizer.step()
        mean = 0.8 * mean + 0.2 * gradient * step
        square = 0.9 * square + 0.1 * (gradient * step) ** 2
        move = mean / (1 - 0.8**step) / ((square / (1 - 0.9**step)).sqrt() + 1e-6)
        expected = expected - 0.1 * (move + 0.3 * expected)
    torch.testing.assert_close(parameter.detach().double(), expected, rtol=1e-5, atol=1e-6)


def test_it_is_fused_unless_its_user_forbids_it():
    parameters = [torch.nn.Parameter(torch.ones(2, 2))]
    assert AdamWFactory().create(parameters).defaults["fused"]
    assert not AdamWFactory(fused=False).create(parameters).defaults["fused"]


@pytest.mark.parametrize("factory", [AdamWFactory, LionFactory])
def test_a_row_sparse_gradient_is_refused_and_nothing_moves(factory):
    table = torch.nn.Embedding(9, 2, sparse=True)
    before = table.weight.detach().clone()
    optimizer = factory().create_named(table.named_parameters())

    def closure():  # trainers compute gradients within the step
        loss = table(torch.tensor([1, 2])).sum()
        loss.backward()
        return loss

    with pytest.raises(SeqrecError, match=r"table \(9, 2\) is row-sparse: set its .* or take"):
        optimizer.step(closure)
    assert torch.equal(table.weight, before)


@pytest.mark.parametrize("step", [3, 6, 11])
def test_a_resumed_run_of_two_groups_is_one_that_was_not_interrupted(tmp_path, step):
    def trained(folder, *callbacks, **more):
        optimizer = AdamWFactory(lr=0.05, weight_decay=0.5)
        settings = {"accumulate_grad_batches": 2, "gradient_clip_val": 0.1, "ema_decay": 0.9}
        model = WithGain()
        fit(
            tiny_trainer(optimizer=optimizer, callbacks=callbacks, **settings),
            folder,
            model=model,
            **more,
        )
        return model

    expected = trained(tmp_path / "whole")
    trained(tmp_path / "cut", InterruptAt(step))
    resumed = trained(tmp_path / "cut", resume=True)
    assert torch.equal(resumed.table, expected.table)
    assert torch.equal(resumed.gain, expected.gain)
    assert not torch.equal(expected.gain, torch.ones(4))
