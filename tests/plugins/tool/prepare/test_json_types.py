"""Values of JSON have types of text, of lists and of objects."""

import polars as pl
from seqrec_tool_prepare.json_types import columns_of, fits, type_of


def test_the_first_value_says_the_type():
    assert type_of([None, 1, "a", True]) == pl.String
    assert type_of([[], [1, "a"]]) == pl.List(pl.String)
    assert type_of([{"a": 1}, {"b": [1]}]) == pl.Struct({"a": pl.String, "b": pl.List(pl.String)})
    assert type_of([None, {}]) == pl.String


def test_values_fit_a_type_by_their_structure():
    person = pl.Struct({"id": pl.String, "tags": pl.List(pl.String)})
    assert fits({"id": 3, "other": [1]}, person)
    assert fits(None, person)
    assert not fits({"id": 3, "tags": "x"}, person)
    assert not fits(7, pl.List(pl.String))


def test_keys_of_objects_are_columns():
    schema = {
        "user": pl.Struct({"id": pl.String}),
        "log": pl.List(pl.Struct({"item": pl.String})),
        "user.id": pl.String(),
    }
    row = {"user": {"id": "a"}, "log": [{"item": "x"}, {"item": "y"}], "user.id": "other"}
    frame = pl.DataFrame([row], schema=schema).select(**columns_of(schema))
    assert frame.to_dicts() == [{"user.id": "a", "log.item": ["x", "y"]}]
