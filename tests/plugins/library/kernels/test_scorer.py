"""The scorer that a model lends to its loss."""

import pytest
import torch
from seqrec_library_kernels.scorer import ItemScorer, check_item_columns


class Dot(torch.nn.Module):
    def is_dot_product(self):
        return True

    def forward(self, hidden, items):
        return hidden @ items.T if items.dim() == 2 else torch.einsum("md,mnd->mn", hidden, items)


def scorer(padding):
    table = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    pad_row = 5 if padding is None else padding
    items = [row for row in range(6) if row != pad_row]
    return ItemScorer(Dot(), lambda ids=None: table[items] if ids is None else table[ids], padding)


@pytest.mark.parametrize("padding", [0, 2, 5, None])
def test_columns_find_the_scores_of_item_ids(padding):
    hidden = torch.randn(4, 3)
    ids = torch.tensor([item for item in range(6) if item != (5 if padding is None else padding)])
    score = scorer(padding)
    torch.testing.assert_close(score(hidden)[:, score.columns(ids)], score(hidden, ids))


def test_each_row_may_have_items_of_its_own():
    hidden, ids = torch.randn(4, 3), torch.randint(0, 5, (4, 2))
    score = scorer(5)
    torch.testing.assert_close(score(hidden, ids), score(hidden).gather(1, ids))


def test_only_heads_that_say_so_are_dot_products():
    assert scorer(5).is_dot_product
    assert not ItemScorer(torch.nn.Bilinear(3, 3, 1), lambda ids=None: None).is_dot_product
    compiled = torch.compile(Dot(), backend="eager")
    assert ItemScorer(compiled, lambda ids=None: None).is_dot_product


@pytest.mark.parametrize("padding", [0, 2, 5, None])
def test_an_id_without_an_item_has_no_column(padding):
    score = scorer(padding)
    column = int(score.columns(torch.tensor(5 if padding is None else padding)))
    assert not 0 <= column < len(score.item_weights())


class Lender(torch.nn.Module):
    """A model that lends a scorer."""

    def __init__(self, padding):
        super().__init__()
        self.padding = padding

    def scorer(self):
        return None if self.padding == "none" else scorer(self.padding)


@pytest.mark.parametrize("padding", [0, 2])
def test_padding_before_the_last_item_shifts_columns(padding):
    model = Lender(padding)
    for module in (model, torch.compile(model, backend="eager")):
        with pytest.raises(ValueError, match=f"pads with {padding}, so columns .* are not item"):
            check_item_columns(module)


def test_other_models_have_a_column_an_item():
    for module in (Lender(None), Lender(5), Lender("none"), torch.nn.Linear(2, 2)):
        check_item_columns(module)
