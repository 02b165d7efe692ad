"""What options ask for is read at once, and all that is wrong with it is said in one error."""

import pytest
from seqrec_tool_prepare.feature_choice import Feature, choose_features

from seqrec_core.errors import DataError
from seqrec_core.schema import FeatureType


def test_the_lists_of_features_are_read():
    choice = choose_features(
        {"item_features": "a:list, b:c:numerical,", "event_features": "d:categorical"}
    )
    assert choice.items == (
        Feature("a", FeatureType.CATEGORICAL_LIST),
        Feature("b:c", FeatureType.NUMERICAL),
    )
    assert choice.events == (Feature("d", FeatureType.CATEGORICAL),)
    assert not any([choice.users, choice.times, choice.gaps, choice.request_time])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"item_features": "genres"}, "item feature 'genres': write column:type"),
        ({"user_features": "age:number"}, "user feature 'age:number': write column:type"),
        ({"item_features": "count:numerical"}, "rename the column"),
        ({"event_features": "request_time:numerical"}, "event feature 'request_time'"),
        ({"event_features": "x_mask:numerical"}, "event feature 'x_mask'.*rename"),
        ({"user_features": "seen_ids:list"}, "user feature 'seen_ids'.*rename"),
        ({"item_features": "c:list,c:numerical"}, "'c' is named twice"),
        (
            {"item_features": "c:list", "event_features": "c:list"},
            "'c' is a feature of items and events",
        ),
        ({"event_features": "time_gap:numerical", "time_gaps": True}, "'time_gap' is what --time"),
    ],
)
def test_what_cannot_be_had_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        choose_features(options)


def test_all_faults_are_said_at_once():
    with pytest.raises(DataError) as caught:
        choose_features({"event_features": "train:list,a,b:numerical", "user_features": "b:list"})
    for part in ("'train'", "'a'", "'b' is a feature of events and users"):
        assert part in str(caught.value)
