"""What two specs say differently: order, spelling and defaults do not count."""

from seqrec_tool_specs.differences import (
    MISSING,
    differences,
    differences_as_written,
    parameter_count,
)

from seqrec_core import build, load


def diff(data, *overrides):
    return [tuple(row) for row in differences(load(data), load(data, overrides))]


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


def test_parameters_are_those_of_the_built_model(data):
    recipe = load(data)
    expected = sum(parameter.numel() for parameter in build(recipe).parameters())
    assert parameter_count(recipe) == expected > 0


def test_as_written_nothing_is_looked_up(data):
    other = {**data, "model": {**data["model"], "type": "gone"}, "seed": 8}
    assert [tuple(row) for row in differences_as_written(data, other)] == [
        ("seed", 7, 8),
        ("model.type", "fake_model", "gone"),
    ]
