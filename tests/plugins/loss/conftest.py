"""A small padded batch in double precision, and what every loss is measured with."""

from dataclasses import dataclass, replace

import pytest
import torch
from seqrec_library_kernels.scorer import ItemScorer
from torch.nn import functional as F


class DotHead(torch.nn.Module):
    def is_dot_product(self):
        return True

    def forward(self, hidden, items):
        return hidden @ items.T if items.dim() == 2 else torch.einsum("md,mnd->mn", hidden, items)


class CosineHead(torch.nn.Module):
    def forward(self, hidden, items):
        return DotHead()(F.normalize(hidden, dim=-1), F.normalize(items, dim=-1)) * 5


@dataclass(frozen=True)
class Batch:
    """Hidden states (B, L, D), an item table (V + 1, D) and labels (B, L, P) with their mask."""

    hidden: torch.Tensor
    table: torch.Tensor
    labels: torch.Tensor
    mask: torch.Tensor
    head: torch.nn.Module

    @property
    def scorer(self):
        table = self.table
        return ItemScorer(
            self.head, lambda ids=None: table[:-1] if ids is None else F.embedding(ids, table)
        )

    @property
    def logits(self):
        """Scores of all items, (B, L, V)."""
        flat = self.head(self.hidden.flatten(0, 1), self.table[:-1])
        return flat.view(*self.hidden.shape[:2], -1)

    def but(self, **changes):
        return replace(self, **changes)

    def gradients(self, loss):
        """Gradients of hidden states and table."""
        return torch.autograd.grad(loss, (self.hidden, self.table))


@pytest.fixture
def make_batch():
    def make(seed=0, users=3, length=5, positives=1, items=11, dim=4, head=None, scale=1.0):
        torch.manual_seed(seed)
        shape = (users, length)
        labels = torch.rand(*shape, items).argsort(-1)[..., :positives]
        mask = torch.rand(*shape, positives) < 0.6
        mask[0, -1] = True
        mask[:, 0] = False
        hidden = (torch.randn(*shape, dim, dtype=torch.double) * scale).requires_grad_()
        table = torch.randn(items + 1, dim, dtype=torch.double).requires_grad_()
        return Batch(hidden, table, labels, mask, DotHead() if head is None else head)

    return make


@pytest.fixture
def cosine_head():
    return CosineHead()


@pytest.fixture
def assert_same(request):
    """Two losses of one batch, and their gradients, are equal."""

    def check(batch, ours, naive, tolerance=1e-9):
        assert ours.item() == pytest.approx(naive.item(), rel=tolerance)
        for mine, theirs in zip(batch.gradients(ours), batch.gradients(naive), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=tolerance, atol=tolerance)

    return check


@pytest.fixture
def naive_negatives():
    """Negatives of each position (B, L, N) and which of them count, by the definition."""

    def spread(batch, negatives, ignore_index=-100):
        users, length, _ = batch.labels.shape
        if negatives.dim() == 1:
            negatives = negatives.expand(users, length, -1)
        elif negatives.dim() == 2:
            negatives = negatives[:, None].expand(-1, length, -1)
        positive = (negatives[..., None] == batch.labels[:, :, None]) & batch.mask[:, :, None]
        counts = (negatives != ignore_index) & ~positive.any(-1)
        known = negatives.clamp(min=0)
        items = batch.table[known]
        flat = batch.head(batch.hidden.flatten(0, 1), items.flatten(0, 1))
        return flat.view(users, length, -1), counts

    return spread


@pytest.fixture(params=["batch", "user", "position"])
def draw_negatives(request):
    """Draws negatives of shape (N,), (B, N) or (B, L, N); some of them are ignored."""

    def draw(batch, count=7, ignore_index=None):
        users, length, _ = batch.labels.shape
        shape = {"batch": (), "user": (users,), "position": (users, length)}[request.param]
        generator = torch.Generator().manual_seed(5)
        items = batch.table.size(0) - 1
        negatives = torch.randint(0, items, (*shape, count), generator=generator)
        if ignore_index is not None:
            negatives[..., 0] = ignore_index
        return negatives

    return draw
