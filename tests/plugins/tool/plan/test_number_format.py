"""Number formats by name."""

import pytest
import torch
from seqrec_tool_plan.number_format import NumberFormat


@pytest.mark.parametrize(
    ("name", "weights", "product"),
    [
        ("64-true", torch.float64, torch.float64),
        ("32-true", torch.float32, torch.float32),
        ("bf16-true", torch.bfloat16, torch.bfloat16),
        ("bf16-mixed", torch.float32, torch.bfloat16),
        ("16-mixed", torch.float32, torch.float16),
    ],
)
def test_weights_batches_and_products_are_in_the_format(name, weights, product):
    format_ = NumberFormat(name)
    assert format_.is_known
    with format_.weights():
        layer = torch.nn.Linear(2, 2)
    batch = format_.batch({"price": torch.ones(1, 2), "group": {"id": torch.arange(2)}, "k": 3})
    assert layer.weight.dtype is batch["price"].dtype is weights
    assert batch["group"]["id"].dtype is torch.int64
    assert batch["k"] == 3
    with format_.step():
        assert layer(batch["price"]).dtype is product
    assert torch.get_default_dtype() is torch.float32


def test_a_format_that_is_not_known_is_taken_for_single():
    format_ = NumberFormat("fp8")
    assert not format_.is_known
    with format_.weights():
        assert torch.ones(1).dtype is torch.float32
