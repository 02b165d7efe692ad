"""Conditions of variants are about what a data folder says of itself."""

import json

import pytest
from seqrec_tool_specs.conditions import Conditions, Facts, facts_of

from seqrec_core.data_folder import DataFolder
from seqrec_core.errors import DataError

FACTS = Facts({"items": 100, "events": 5000}, frozenset({"item_id", "clock", "timestamp"}))


@pytest.mark.parametrize(
    ("conditions", "hold"),
    [
        ({}, True),
        ({"items_below": 101}, True),
        ({"items_below": 100}, False),
        ({"items_from": 100}, True),
        ({"items_from": 101}, False),
        ({"items_from": 50, "items_below": 100}, False),
        ({"events_from": 5000, "items_below": 101}, True),
        ({"users_below": 9}, False),  # nobody knows how many there are
        ({"users_from": 1}, False),
        ({"has_feature": "timestamp"}, True),
        ({"has_feature": ("clock", "price")}, False),
        ({"lacks_feature": "price"}, True),
        ({"lacks_feature": ("price", "clock")}, False),
    ],
)
def test_all_that_are_set_have_to_hold(conditions, hold):
    assert Conditions(**conditions).hold(FACTS) is hold


@pytest.fixture
def folder(tmp_path):
    def write(defaults=None):
        item = {"name": "item_id", "hint": "item_id", "cardinality": 9}
        clock = {"name": "clock", "hint": "timestamp"}
        (tmp_path / "schema.json").write_text(json.dumps({"features": [item, clock]}))
        if defaults is not None:
            (tmp_path / "defaults.json").write_text(json.dumps(defaults))
        return DataFolder(tmp_path)

    return write


def test_features_count_by_name_and_by_hint_and_items_by_their_ids(folder):
    facts = facts_of(folder())
    assert facts.features == {"item_id", "clock", "timestamp"}
    assert facts.counts == {"items": 9}


def test_stated_counts_come_first(folder):
    facts = facts_of(folder({"facts": {"users": 3, "items": 8, "events": None, "other": "x"}}))
    assert facts.counts == {"users": 3, "items": 8}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([1], r"defaults\.json: facts is \[1\]; make it an object"),
        ({"users": "many"}, r"facts\.users is 'many'; make it a whole number"),
        ({"items": -1}, r"facts\.items is -1"),
        ({"events": True}, r"facts\.events is True"),
    ],
)
def test_facts_that_are_none_are_named(folder, facts, words):
    with pytest.raises(DataError, match=words):
        facts_of(folder({"facts": facts}))
