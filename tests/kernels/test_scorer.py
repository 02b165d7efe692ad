"""The scorer that a model lends to its loss."""

import pytest
import torch
from seqrec_kernels_torch.scorer import ItemScorer


class Dot(torch.nn.Module):
    dot_product = True

    def forward(self, hidden, items):
        return hidden @ items.T if items.dim() == 2 else torch.einsum("md,mnd->mn", hidden, items)


def scorer(padding):
    table = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    kept = [row for row in range(6) if row != padding]
    return ItemScorer(Dot(), lambda ids=None: table[kept] if ids is None else table[ids], padding)


@pytest.mark.parametrize("padding", [0, 2, 5])
def test_columns_find_the_scores_of_item_ids(padding):
    hidden = torch.randn(4, 3)
    ids = torch.tensor([item for item in range(6) if item != padding])
    score = scorer(padding)
    torch.testing.assert_close(score(hidden)[:, score.columns(ids)], score(hidden, ids))


def test_each_row_may_have_items_of_its_own():
    hidden, ids = torch.randn(4, 3), torch.randint(0, 5, (4, 2))
    score = scorer(5)
    torch.testing.assert_close(score(hidden, ids), score(hidden).gather(1, ids))


def test_only_heads_that_say_so_are_dot_products():
    assert scorer(5).is_dot_product
    assert not ItemScorer(torch.nn.Bilinear(3, 3, 1), lambda ids=None: None).is_dot_product
