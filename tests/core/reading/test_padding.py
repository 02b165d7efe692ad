"""Item ids must count from 0 where anything is ranked: in a recipe with a trainer."""

import pytest

from seqrec_core import load, resolve
from seqrec_core.errors import SpecError

ITEMS = 12


def recipe(padding, trainer={"type": "lightning"}):  # noqa: B006
    item = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": ITEMS}
    model = {"type": "sasrec", "embedding_dim": 8, "num_heads": 2, "max_sequence_length": 5}
    schema = {"features": [item | ({} if padding is None else {"padding_value": padding})]}
    return load({"seqrec": 2, "schema": schema, "model": model, "trainer": trainer})


@pytest.mark.parametrize("padding", [None, ITEMS])
def test_padding_after_the_items_is_fine(padding):
    resolved = resolve(recipe(padding))
    assert resolved.schema.features[0].padding_value == padding


def test_padding_that_shifts_item_ids_is_refused_when_a_spec_is_resolved():
    with pytest.raises(SpecError) as caught:
        resolve(recipe(0))
    assert str(caught.value) == (
        "schema.features[0].padding_value: is 0; metrics and recommendations need the items 0 to "
        "11 and padding after them: remove it, and count items from 0"
    )


def test_a_recipe_that_this_trainer_does_not_run_may_pad_as_it_likes():
    assert resolve(recipe(0, None)).schema.features[0].padding_value == 0
