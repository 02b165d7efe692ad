from seqrec_core import load
from seqrec_core.differences import MISSING, differences


def diff(data, *overrides):
    return [tuple(found) for found in differences(load(data), load(data, overrides))]


def test_spelling_and_defaults_do_not_count(data):
    assert diff(data, "model.encoder.type=local:fake_encoder", "model.heads=2") == []


def test_a_value_that_differs_is_named(data):
    assert diff(data, "model.encoder.activation=gelu") == [
        ("model.encoder.activation", "relu", "gelu")
    ]


def test_what_follows_from_a_change_is_shown_too(data):
    places = [place for place, _, _ in diff(data, "model.embedding_dim=6")]
    assert "model.embedding_dim" in places
    assert "model.encoder.embedding_dim" in places


def test_what_one_side_lacks_is_missing(data):
    assert diff(data, 'model.tags=["a"]') == [("model.tags[1]", "b", MISSING)]
    other = diff(data, "model.encoder.norm=null")
    assert [(place, right) for place, _, right in other] == [("model.encoder.norm", None)]
