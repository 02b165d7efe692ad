"""Refusals are short, can be printed, and know where they are seen from."""

import json

import pytest
from seqrec_tool_serve.refusal import RefusalError


@pytest.mark.parametrize("value", ["x" * 10_000, ["x"] * 10_000, {"a": "x" * 10_000}])
def test_a_long_value_is_shortened(value):
    content = RefusalError(422, "history", value, "\x1b[2J" + "y" * 10_000).content()
    assert len(json.dumps(content)) < 1_500
    assert "characters)" in content["error"]["value"]
    assert "\x1b" not in content["error"]["remedy"]


@pytest.mark.parametrize("value", [None, True, 3, 2.5, "item", ["a", 1], {"item": 3}])
def test_a_short_value_stays_as_it_is(value):
    assert RefusalError(422, "history", value, "no").content()["error"]["value"] == value


def test_a_value_that_is_too_deep_to_show_is_said():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert (
        "within each other" in RefusalError(422, "history", deep, "no").content()["error"]["value"]
    )


def test_it_is_seen_from_within_a_request_of_several():
    inner = RefusalError(503, "user", 3, "no", {"Retry-After": "1"})
    outer = inner.within("requests[4]")
    assert outer.where == "requests[4].user"
    assert (outer.status, outer.value, outer.headers) == (503, 3, {"Retry-After": "1"})
