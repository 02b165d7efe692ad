import pytest
import torch
from seqrec_head_tying.tying import EmbeddingTyingHead

B, L, D, ITEMS = 3, 4, 5, 4  # as many items as positions, where the reference confuses the two


@pytest.mark.parametrize(
    ("hidden", "items", "formula"),
    [
        ((B, D), (ITEMS, D), "bd,id->bi"),
        ((B, L, D), (ITEMS, D), "bld,id->bli"),
        ((B, D), (B, ITEMS, D), "bd,bid->bi"),
        ((B, L, D), (B, ITEMS, D), "bld,bid->bli"),
        ((B, L, D), (B, ITEMS + 1, D), "bld,bid->bli"),
    ],
)
def test_scores_are_dot_products(hidden, items, formula):
    torch.manual_seed(0)
    states, embeddings = torch.randn(hidden), torch.randn(items)
    scores = EmbeddingTyingHead()(states, embeddings)
    torch.testing.assert_close(scores, torch.einsum(formula, states, embeddings))


def test_one_item_each_pairs_them_up():
    torch.manual_seed(0)
    states, items = torch.randn(B, L, D), torch.randn(B, L, D)
    scores = EmbeddingTyingHead().one_item_each(states, items)
    torch.testing.assert_close(scores, torch.einsum("bld,bld->bl", states, items))


def test_it_tells_losses_that_scores_are_dot_products():
    assert EmbeddingTyingHead().is_dot_product()
