"""Positions that count from the left, and batches that are trimmed, are refused together."""

import pytest

from seqrec_core import load, resolve
from seqrec_core.errors import Fault, SpecError
from seqrec_core.spec.recipe import Recipe


def recipe(aggregator, model="sasrec", **data) -> Recipe:
    features = [
        {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 50},
        {"name": "kind", "type": "categorical", "cardinality": 5, "source": "item_features"},
    ]
    part = {"sasrec": "aggregator", "two_tower": "query_aggregator"}[model]
    return load(
        {
            "seqrec": 2,
            "schema": {"features": features},
            "model": {"type": model, part: aggregator},
            "data": {"type": "parquet", **data},
        }
    )


@pytest.mark.parametrize(
    ("model", "path"),
    [("sasrec", "model.aggregator"), ("two_tower", "model.query_aggregator")],
)
def test_trimmed_batches_of_positions_from_the_left_are_refused(model, path):
    left = recipe({"type": "position_aware", "alignment": "left"}, model)
    with pytest.raises(SpecError) as caught:
        resolve(left)
    expected = Fault(
        f"{path}.alignment",
        'is "left", and the data module trims batches: scores would depend on the longest '
        "sequence of a batch; align to the right, or trim none (data.group_by_length=false)",
    )
    assert caught.value.faults == (expected,)


def test_whole_batches_may_count_from_the_left():
    left = {"type": "position_aware", "alignment": "left"}
    assert not resolve(recipe(left, group_by_length=False)).data.group_by_length


@pytest.mark.parametrize("aggregator", [{"type": "position_aware"}, {"type": "sum"}])
def test_other_recipes_may_group(aggregator):
    assert resolve(recipe(aggregator)).data.group_by_length
