"""The chunked catalogue kernel, with a rule whose gradient can be written down."""

import pytest
import torch
from seqrec_library_kernels import catalogue_loss as kernel
from seqrec_library_kernels.catalogue_loss import catalogue_loss, chunks, softmax_
from seqrec_library_kernels.scorer import ItemScorer


class DotHead(torch.nn.Module):
    def is_dot_product(self):
        return True

    def forward(self, hidden, items):
        return hidden @ items.T


class TanhHead(torch.nn.Module):
    """The kind of head whose backward needs its own output unchanged."""

    def forward(self, hidden, items):
        return torch.tanh(hidden @ items.T)


class Squares:
    """Half the sum of squared logits; the logits are their own gradient."""

    def __init__(self):
        self.gradients = []

    def __call__(self, chunk):
        self.gradients.append(chunk.gradient)
        losses = chunk.logits.square().sum(-1) / 2
        if chunk.gradient and chunk.weights is not None:
            chunk.logits.mul_(chunk.weights[:, None])
        return losses


def problem(dtype=torch.double, head=None):
    torch.manual_seed(0)
    hidden = torch.randn(23, 4, dtype=dtype, requires_grad=True)
    items = torch.randn(9, 4, dtype=dtype, requires_grad=True)
    return hidden, items, ItemScorer(head or DotHead(), lambda ids=None: items)


@pytest.fixture(params=[1, 5, 1000], ids=lambda rows: f"{rows}-rows", autouse=True)
def _rows(request, monkeypatch):
    monkeypatch.setattr(kernel, "CACHE_BYTES", 0)
    monkeypatch.setattr(kernel, "FEWEST_ROWS", request.param)


@pytest.mark.parametrize("head", [DotHead(), TanhHead()])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("summed", [False, True])
def test_losses_and_gradients_are_those_of_plain_logits(head, weighted, summed):
    hidden, items, scorer = problem(head=head)
    weights = torch.rand(23, dtype=torch.double) if weighted else None
    losses = catalogue_loss(Squares(), hidden, scorer, weights=weights, summed=summed)
    factors = 1 if weights is None else weights
    plain = head(hidden, items).square().sum(-1) / 2
    expected = (plain * factors).sum()
    if not summed:
        torch.testing.assert_close(losses, plain)
        losses = (losses * factors).sum()
    assert losses.item() == pytest.approx(expected.item())
    for ours, theirs in zip(
        torch.autograd.grad(3 * losses, (hidden, items)),
        torch.autograd.grad(3 * expected, (hidden, items)),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_the_rule_is_asked_for_no_gradient_where_none_is_needed():
    hidden, items, _ = problem()
    fixed = items.detach()
    for states, gradient in ((hidden.detach(), False), (hidden, True)):
        rule = Squares()
        catalogue_loss(rule, states, ItemScorer(DotHead(), lambda ids=None: fixed))
        assert set(rule.gradients) == {gradient}
    with torch.no_grad():
        rule = Squares()
        catalogue_loss(rule, hidden, ItemScorer(DotHead(), lambda ids=None: items))
        assert set(rule.gradients) == {False}


def test_backward_twice_gives_the_same_gradients():
    hidden, _, scorer = problem()
    loss = catalogue_loss(Squares(), hidden, scorer)
    first, second = (torch.autograd.grad(loss, hidden, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)


def test_second_derivatives_are_refused():
    hidden, _, scorer = problem()
    for summed in (True, False):
        loss = catalogue_loss(Squares(), hidden, scorer, summed=summed).sum()
        with pytest.raises(RuntimeError, match="first derivatives only"):
            torch.autograd.grad(loss, hidden, create_graph=True)


def test_bfloat16_sums_in_single_precision():
    hidden, items, scorer = problem(torch.bfloat16)
    loss = catalogue_loss(Squares(), hidden, scorer)
    assert loss.dtype == torch.float32
    exact = (hidden.double() @ items.double().T).square().sum() / 2
    assert loss.item() == pytest.approx(exact.item(), rel=0.01)
    assert [g.dtype for g in torch.autograd.grad(loss, (hidden, items))] == [torch.bfloat16] * 2


def test_softmax_in_place_returns_the_log_sum_exp():
    logits = torch.randn(5, 7, dtype=torch.double) * 300
    copy = logits.clone()
    torch.testing.assert_close(softmax_(copy), logits.logsumexp(-1))
    torch.testing.assert_close(copy, logits.softmax(-1))


def test_chunks_cover_every_row_once():
    covered = [row for rows in chunks(23, 10**9, torch.device("cpu")) for row in range(23)[rows]]
    assert covered == list(range(23))
    assert list(chunks(0, 8, torch.device("cpu"))) == [slice(0, 0)]
