"""Scalars are taken as they are or refused: nothing is coerced."""

import math
from enum import Enum
from typing import Literal

import pytest

from seqrec_core.reading.leaves import leaf_converter


class Shade(Enum):
    DARK = "dark"
    ONE = 1


@pytest.mark.parametrize(
    ("value", "type_", "result"),
    [
        (3, int, 3),
        (3, float, 3.0),
        (2.5, float, 2.5),
        (False, bool, False),
        ("", str, ""),
        ("dark", Shade, Shade.DARK),
        (1, Shade, Shade.ONE),
        ("a", Literal["a", 1], "a"),
        (1, Literal["a", 1], 1),
    ],
)
def test_a_value_of_the_type_is_taken(value, type_, result):
    structured = leaf_converter().structure(value, type_)
    assert structured == result
    assert type(structured) is type(result)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("3", int),
        (True, int),
        (3.0, int),
        (1, bool),
        ("false", bool),
        (True, float),
        (math.nan, float),
        (-math.inf, float),
        (3, str),
        ("\ud800", str),
        ("DARK", Shade),
        ("b", Literal["a", 1]),
        (True, Literal["a", 1]),
        (1.0, Literal["a", 1]),
    ],
)
def test_another_value_is_refused(value, type_):
    with pytest.raises((ValueError, TypeError)):
        leaf_converter().structure(value, type_)


def test_a_number_too_large_for_a_float_is_refused():
    with pytest.raises(OverflowError):
        leaf_converter().structure(10**400, float)
