"""What a model is told to embed has to be there for events, the item id among it."""

import pytest
from seqrec_library_next_item.chosen_features import check_chosen_features
from small_sasrec import schema

from seqrec_core.errors import SpecError
from seqrec_core.schema import FeatureHint, FeatureType, TensorFeatureInfo

PRICE = TensorFeatureInfo("price", FeatureType.NUMERICAL, is_seq=True)
USER = TensorFeatureInfo("user_id", FeatureType.CATEGORICAL, True, FeatureHint.QUERY_ID)
AGE = TensorFeatureInfo("age", FeatureType.NUMERICAL)
SCHEMA = schema(PRICE, USER, AGE)


@pytest.mark.parametrize("features", [None, ["item_id"], ("price", "item_id")])
def test_features_of_events_with_the_item_id_are_right(features):
    check_chosen_features(SCHEMA, features)


@pytest.mark.parametrize("unknown", ["colour", "age", "user_id"])
def test_what_events_have_not_is_refused_with_what_they_have(unknown):
    with pytest.raises(SpecError) as error:
        check_chosen_features(SCHEMA, ["item_id", unknown])
    [fault] = error.value.faults
    assert fault.path == "model.features"
    assert fault.message == f"has {unknown}; choose features of events: item_id, price"


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(SpecError) as error:
        check_chosen_features(SCHEMA, ["zeal", "colour"])
    first, second = (fault.message for fault in error.value.faults)
    assert first.startswith("has colour, zeal; ")
    assert "lacks the item id" in second
    assert "add 'item_id'" in second
