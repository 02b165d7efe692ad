import copy
import json

import jsonschema
import pytest

from seqrec_core.json_schema import json_schema
from seqrec_core.registry import Registry, registry


@pytest.fixture
def validator():
    schema = json_schema(registry)
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
