"""Integer ids follow the order of the external ones; tables and schema say what they stand for."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from seqrec_tool_prepare.catalogue import Catalogue
from seqrec_tool_prepare.encodings import encode
from seqrec_tool_prepare.kcore import Core
from seqrec_tool_prepare.side_features import SideTable
from seqrec_tool_prepare.survey import survey_events

from seqrec_core.schema import FeatureHint, FeatureSource, FeatureType
from seqrec_core.spec.recipe import FeatureSpec, SchemaSpec


@pytest.fixture
def catalogue(tmp_path, opened):
    """Users 9 and 10, items 2, 9 and 10, of which item 9 was dropped."""
    survey = survey_events(opened(tmp_path, [(10, 9, 1), (9, 10, 2), (9, 2, 3)]))
    return Catalogue.of(survey, Core(np.array([True, True]), np.array([True, False, True]), 2, 1))


@pytest.fixture
def with_sides(catalogue):
    types = {"brand": FeatureType.CATEGORICAL, "tags": FeatureType.CATEGORICAL_LIST}
    features = {
        "brand": encode(pl.Series(["b", None]), types["brand"]),
        "tags": encode(pl.Series([["x", "y"], []]), types["tags"]),
    }
    return Catalogue(
        catalogue.users, catalogue.items, catalogue.core, SideTable(features, types, 0, 0)
    )


def test_integer_ids_follow_the_numbers_of_what_is_left(catalogue):
    assert catalogue.users.to_list() == [9, 10]
    assert catalogue.items.to_list() == [2, 10]
    users, items = catalogue.ids(np.array([1, 0]), np.array([2, 0]))
    assert (users.tolist(), items.tolist()) == ([1, 0], [1, 0])


def test_tables_have_a_row_an_id(with_sides):
    assert with_sides.users_table().to_pydict() == {"query_id": [0, 1], "user": [9, 10]}
    table = with_sides.items_table(np.array([5, 0]))
    assert table.to_pydict() == {
        "item_id": [0, 1],
        "item": [2, 10],
        "count": [5, 0],
        "brand": [1, 0],
        "tags": [[0, 1], []],
    }
    assert table.schema.field("item").type == pa.int64()


def test_text_ids_are_strings_for_every_reader():
    core = Core(np.ones(1, bool), np.ones(1, bool), 1, 0)
    catalogue = Catalogue(pl.Series(["ann"]), pl.Series(["x"]), core)
    assert catalogue.users_table().schema.field("user").type == pa.string()


def test_the_schema_is_what_a_spec_takes(with_sides):
    types = {"type": FeatureType, "hint": FeatureHint, "source": FeatureSource}
    specs = [
        FeatureSpec(**{k: types[k](v) if k in types else v for k, v in feature.items()})
        for feature in with_sides.schema()["features"]
    ]
    schema = SchemaSpec(features=tuple(specs)).tensor_schema()
    assert schema.item_id_feature_name == "item_id"
    assert schema.item_id_features.item().cardinality == 2
    assert [spec.cardinality for spec in specs] == [2, 2, 2]
    assert with_sides.encodings() == {
        "brand": {"type": "categorical", "values": [None, "b"]},
        "tags": {"type": "categorical_list", "values": ["x", "y"]},
    }
