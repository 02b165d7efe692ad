"""Random settings of a spec are all allowed, and cover what a field allows."""

from enum import Enum
from typing import Literal

import pytest
from hypothesis import given, settings
from seqrec_mutants.specs import Norm
from seqrec_tool_conformance.strategies import any_settings

from seqrec_core.reading.codec import Reader
from seqrec_core.registry import Registry
from seqrec_core.spec import NormSpec, param, spec


class Shade(Enum):
    DARK = "dark"
    LIGHT = "light"


@spec
class ManyFields(Norm):
    """Made for the test."""

    target = "seqrec_mutants.norms:Healthy"
    whole: int = param(1, ge=1, lt=4, help="1, 2, 3")
    share: float = param(0.5, gt=0, le=1, help="share")
    choice: Literal["a", "b"] = param("a", help="choice")
    shade: Shade = param(Shade.DARK, help="shade")
    size: int | None = param(None, ge=1, help="size")
    flags: tuple[bool, ...] = param((), help="flags")
    weights: dict[str, float] | None = param(None, help="weights")
    part: NormSpec | None = param(None, help="a part")


@pytest.fixture(scope="module")
def draws():
    """Many settings, drawn over two that are fixed."""
    draws = []

    @given(any_settings(ManyFields, {"type": "many", "whole": 2}))
    @settings(max_examples=60, deadline=None, database=None, derandomize=True)
    def draw(data):
        draws.append(data)

    draw()
    return draws


def test_whatever_is_drawn_reads_without_a_fault(draws):
    registry = Registry([])
    registry.register("many", ManyFields)
    for data in draws:
        reader = Reader(registry)
        assert isinstance(reader.read(data, NormSpec, "norm"), ManyFields)
        assert not reader.faults


def test_what_is_fixed_stays_and_parts_are_left_to_the_recipe(draws):
    assert {data["whole"] for data in draws} == {2}
    assert not any("part" in data for data in draws)


def test_every_sort_of_value_is_drawn(draws):
    assert {data.get("choice") for data in draws} == {None, "a", "b"}
    assert {data.get("shade") for data in draws} == {None, "dark", "light"}
    assert len({data.get("share") for data in draws}) > 5
    assert any("size" in data and data["size"] is None for data in draws)
    assert any(data.get("size") for data in draws)
    assert any(len(data.get("flags", ())) > 1 for data in draws)
    assert any(data.get("weights") for data in draws)
