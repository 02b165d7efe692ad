"""Adam by rows, beside torch's dense and sparse ones."""

import pytest
import torch
from seqrec_optimizer_standard.adam import AdamFactory
from torch.nn.functional import embedding

ROWS, DIM = 7, 3


def table(seed: int = 0) -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.randn(ROWS, DIM, generator=torch.Generator().manual_seed(seed)))


def touches(steps: int, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Ids with repetition and a weight for each step."""
    draw = torch.Generator().manual_seed(seed)
    return [
        (torch.randint(ROWS, (4,), generator=draw), torch.randn(4, DIM, generator=draw))
        for _ in range(steps)
    ]


def run(parameter, optimizer, steps, sparse: bool) -> None:
    for ids, weight in steps:
        optimizer.zero_grad()
        (embedding(ids, parameter, sparse=sparse) * weight).sum().backward()
        optimizer.step()


def test_lazy_rows_follow_the_sparse_adam_of_torch():
    ours, theirs = table(), table()
    steps = touches(20, seed=1)
    run(ours, AdamFactory(lr=0.05).create([ours]), steps, sparse=True)
    run(theirs, torch.optim.SparseAdam([theirs], lr=0.05, betas=(0.9, 0.98)), steps, sparse=True)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("seed", range(3))
def test_exact_rows_equal_dense_adam_whenever_they_are_touched(seed):
    sparse, dense = table(), table()
    by_row = AdamFactory(lr=0.05, sparse="exact").create([sparse])
    whole = AdamFactory(lr=0.05).create([dense])
    differed = False
    for step in touches(40, seed):
        run(sparse, by_row, [step], sparse=True)
        run(dense, whole, [step], sparse=False)
        torch.testing.assert_close(sparse[step[0]], dense[step[0]], rtol=1e-5, atol=1e-6)
        differed |= not torch.allclose(sparse, dense)
    assert differed  # untouched rows lag behind until they are needed


def test_exact_rows_catch_up_over_a_gap_longer_than_the_decay():
    sparse, dense = table(), table()
    one = [(torch.tensor([0]), torch.ones(1, DIM))]
    other = [(torch.tensor([1]), torch.ones(1, DIM))] * 400
    run(sparse, AdamFactory(lr=0.01, sparse="exact").create([sparse]), one + other + one, True)
    run(dense, AdamFactory(lr=0.01).create([dense]), one + other + one, False)
    torch.testing.assert_close(sparse[0], dense[0], rtol=1e-5, atol=1e-6)


def test_rows_without_gradient_are_not_touched():
    parameter = table()
    before = parameter.detach().clone()
    run(
        parameter,
        AdamFactory().create([parameter]),
        [(torch.tensor([2]), torch.ones(1, DIM))],
        True,
    )
    assert (parameter != before).any(dim=1).nonzero().flatten().tolist() == [2]


@pytest.mark.parametrize("sparse", ["lazy", "exact"])
def test_sparse_and_dense_gradients_train_together_and_resume_from_a_state_dict(sparse):
    def fresh():
        torch.manual_seed(0)
        parameters = [table(), torch.nn.Parameter(torch.randn(DIM))]
        return parameters, AdamFactory(lr=0.1, sparse=sparse).create(parameters)

    def go(parameters, optimizer, steps):
        for ids, weight in steps:
            optimizer.zero_grad()
            (embedding(ids, parameters[0], sparse=True) * weight * parameters[1]).sum().backward()
            optimizer.step()

    steps = touches(6, seed=3)
    whole, optimizer = fresh()
    go(whole, optimizer, steps)
    first, early = fresh()
    go(first, early, steps[:3])
    second, late = fresh()
    for old, new in zip(first, second, strict=True):
        new.data.copy_(old.data)
    late.load_state_dict(early.state_dict())
    go(second, late, steps[3:])
    for one, two in zip(whole, second, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_an_empty_sparse_gradient_changes_nothing():
    parameter = table()
    before = parameter.detach().clone()
    optimizer = AdamFactory(sparse="exact").create([parameter])
    run(parameter, optimizer, [(torch.empty(0, dtype=torch.long), torch.empty(0, DIM))], True)
    assert torch.equal(parameter, before)


def test_weight_decay_with_sparse_gradients_says_what_to_do():
    parameter = table()
    optimizer = AdamFactory(weight_decay=0.1).create([parameter])
    with pytest.raises(ValueError, match="set it to 0 or make the embedding's gradient dense"):
        run(parameter, optimizer, touches(1, 0), sparse=True)
