"""Which models are told when a recommendation is asked for."""

import pytest
from seqrec_tool_run.request_time import knows_request_time

from seqrec_core.session import load, resolve

ITEM = {"name": "item_id", "type": "categorical", "hint": "item_id", "cardinality": 9}
ASKED = {
    "name": "asked",
    "type": "numerical",
    "hint": "request_time",
    "is_seq": False,
    "source": "query_features",
}
TIMED = {"type": "relative_time", "request_time": "asked", "num_heads": 2}
MODEL = {"type": "sasrec", "encoder": {"type": "sasrec_transformer", "positions": [TIMED]}}


@pytest.mark.parametrize(
    ("features", "model", "expected"),
    [
        ([ITEM], "sasrec", False),
        ([ITEM, ASKED], "sasrec", False),
        ([ITEM, ASKED], MODEL, True),
        ([ITEM, {**ASKED, "hint": None}], MODEL, False),  # another number of users
    ],
)
def test_it_is_the_model_that_reads_the_feature_with_the_hint(features, model, expected):
    recipe = resolve(load({"seqrec": 2, "schema": {"features": features}, "model": model}))
    assert knows_request_time(recipe) is expected
