"""The JSON Schema takes specs that are right, and places the faults of others."""

import copy
import json

import jsonschema
import pytest
from seqrec_fake.specs import REGISTERED
from seqrec_tool_specs.json_schema import json_schema
from strangers import KIND, POINTS, RIVAL, recipe

from seqrec_core.registry import Registry
from seqrec_core.session import registry


@pytest.fixture(scope="module")
def validator():
    """Of the schema of everything installed and the fake components."""
    components = [registry.register(name, cls) for name, cls in REGISTERED.items()]
    schema = json_schema(registry)
    for component in components:
        registry.unregister(component)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(json.loads(json.dumps(schema)))


def test_a_good_spec_is_valid(validator, data):
    assert not list(validator.iter_errors(data))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("model", "embedding_dim"), 0),
        (("model", "embedding_dim"), "4"),
        (("model", "embeding_dim"), 4),
        (("model", "type"), "nothing"),
        (("model", "encoder", "activation"), "tanh"),
        (("model", "encoder", "norm", "type"), "fake_loss"),
        (("model", "shade"), "DARK"),
        (("schema", "features", 0, "type"), "text"),
        (("sed",), 1),
    ],
)
def test_a_fault_is_found_and_placed(validator, data, place, value):
    broken = copy.deepcopy(data)
    node = broken
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    errors = list(validator.iter_errors(broken))
    assert errors
    assert any(tuple(error.absolute_path) in (place, place[:-1]) for error in errors)


@pytest.mark.parametrize("child", [{}, {"model": {"embedding_dim": 16}}, {"seed": 1}])
def test_a_spec_that_extends_another_may_leave_out_anything(validator, child):
    assert not list(validator.iter_errors({"extends": "base.json", **child}))
    assert not validator.is_valid(child)


@pytest.mark.parametrize("child", [{"extends": 3}, {"extends": "base.json", "sed": 1}])
def test_faults_of_its_own_are_found(validator, child):
    assert not validator.is_valid(child)


def test_fields_carry_help_default_and_range(validator):
    size = next(
        choice["then"]["properties"]["embedding_dim"]
        for choice in validator.schema["$defs"]["model"]["allOf"]
        if choice["if"]["properties"]["type"]["const"] == "local:fake_model"
    )
    assert size == {"type": "integer", "minimum": 1, "default": 8, "description": "size"}


def test_a_kind_without_components_takes_nothing(data):
    validator = jsonschema.Draft202012Validator(json_schema(Registry([])))
    assert not validator.is_valid(data)


def test_a_kind_of_a_stranger_is_a_choice_like_any_other():
    validator = jsonschema.Draft202012Validator(json_schema(Registry(POINTS)))
    good = recipe(reranker={"type": "mmr"}, others=[{"type": "acme-rerank:boost", "factor": 3}])
    assert not list(validator.iter_errors(good))
    assert not validator.is_valid(recipe(reranker={"type": "mmrr"}))
    assert not validator.is_valid(recipe(others=[{"type": "boost", "factor": 0}]))


def test_a_kind_that_two_declare_or_nobody_does_leaves_out_its_components_and_no_others():
    with pytest.warns(RuntimeWarning, match="declared by acme-rerank and by other-rerank"):
        twice = json_schema(Registry([*POINTS, RIVAL]))
    nobody = json_schema(Registry([point for point in POINTS if point is not KIND]))
    for schema in (twice, nobody):
        validator = jsonschema.Draft202012Validator(schema)
        assert not list(validator.iter_errors(recipe()))
        assert not validator.is_valid(recipe(reranker={"type": "mmr"}))
