"""When two ways to the same logits count as one."""

import pytest
import torch
from seqrec_library_kernels.shortcuts import (
    ShortcutError,
    check_agreement,
    first_rows,
    rows_to_compare,
)
from torch import nn

LOGITS = torch.tensor([[100.0, -3.0, -torch.inf], [torch.nan, 0.0, 7.0]])


def test_few_users_are_compared_and_fewer_of_a_huge_catalogue():
    assert rows_to_compare(3, 1000) == 3
    assert 3 < rows_to_compare(4096, 1000) <= 64
    assert rows_to_compare(4096, 2**21) == 2
    assert rows_to_compare(4096, 2**30) == 1
    assert rows_to_compare(0, 0) == 0


def test_the_first_users_are_cut_out_of_every_column():
    batch = {
        "mask": torch.ones(5, 3),
        "features": {"item": torch.arange(5), "more": {"price": torch.rand(5, 3, 2)}},
        "table": torch.ones(4, 5),
        "scalar": torch.tensor(1.0),
        "text": "as it is",
    }
    few = first_rows(batch, 5, 2)
    assert few["mask"].shape == (2, 3)
    assert few["features"]["item"].tolist() == [0, 1]
    assert few["features"]["more"]["price"].shape == (2, 3, 2)
    assert few["table"] is batch["table"]
    assert few["scalar"] is batch["scalar"]
    assert few["text"] == "as it is"
    assert batch["mask"].shape == (5, 3)


@pytest.mark.parametrize(
    ("dtype", "noise"), [(torch.float64, 1e-8), (torch.float32, 1e-5), (torch.bfloat16, 0.01)]
)
def test_rounding_is_no_difference_and_what_is_more_is_one(dtype, noise):
    logits = LOGITS.to(dtype)
    check_agreement(nn.Linear(1, 1), logits, logits)
    check_agreement(nn.Linear(1, 1), logits * (1 + noise), logits)
    with pytest.raises(ShortcutError, match=r"Linear .* differ by up to .* largest is 100;"):
        check_agreement(nn.Linear(1, 1), logits * (1 + 100 * noise), logits)


def test_autocast_rounds_more():
    with torch.autocast("cpu", torch.bfloat16):
        check_agreement(nn.Linear(1, 1), LOGITS * 1.01, LOGITS)


@pytest.mark.parametrize("place", [(0, 2), (1, 0), (1, 1)])
def test_infinity_and_no_number_only_equal_themselves(place):
    other = LOGITS.clone()
    other[place] = 1.0 if not LOGITS[place].isfinite() else torch.inf
    for pair in ((other, LOGITS), (LOGITS, other)):
        with pytest.raises(ShortcutError, match="differ by up to inf"):
            check_agreement(nn.Linear(1, 1), *pair)


def test_another_number_of_items_is_a_difference():
    with pytest.raises(ShortcutError, match=r"logits of shape \(2, 3\) and \(2, 2\)"):
        check_agreement(nn.Linear(1, 1), LOGITS, LOGITS[:, :2])
    check_agreement(nn.Linear(1, 1), LOGITS[:0], LOGITS[:0])


def test_columns_are_compared_to_the_last_one(monkeypatch):
    monkeypatch.setattr("seqrec_library_kernels.shortcuts._COLUMNS", 2)
    logits = torch.arange(10.0).view(2, 5)
    check_agreement(nn.Linear(1, 1), logits, logits)
    other = logits.clone()
    other[1, 4] += 1
    with pytest.raises(ShortcutError, match="differ by up to 1, where the largest is 10"):
        check_agreement(nn.Linear(1, 1), logits, other)
