"""The JSON Schema takes specs that are right, and places the faults of others."""

import copy
import json

import jsonschema
import pytest
from seqrec_fake.specs import REGISTERED
from seqrec_tool_specs.json_schema import json_schema
from strangers import KIND, POINTS, RIVAL, recipe

from seqrec_core import Session, session
from seqrec_core.errors import SpecError
from seqrec_core.registry import Registry
from seqrec_core.session import registry
from seqrec_core.spec import LossSpec, NormSpec, component, param, required, spec


@pytest.fixture(scope="module")
def validator():
    """Of the schema of everything installed and the fake components."""
    components = [registry.register(name, cls) for name, cls in REGISTERED.items()]
    schema = json_schema(registry)
    for each in components:
        registry.unregister(each)
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
        for choice in validator.schema["$defs"]["model"]["else"]["allOf"]
        if choice["if"]["properties"]["type"]["const"] == "local:fake_model"
    )
    assert size == {"type": "integer", "minimum": 1, "default": 8, "description": "size"}


def errors(validator, data, **model):
    """Where the schema finds a fault in the data with some of the model changed."""
    changed = {**data, "model": data["model"] | model}
    return ["/".join(map(str, error.absolute_path)) for error in validator.iter_errors(changed)]


@pytest.mark.parametrize(
    "model",
    [
        {"loss": "fake_loss"},
        {"loss": "local:fake_loss"},
        {"loss": {"scale": 2}},
        {"loss": {}},
        {"encoder": {"norm": "fake_norm", "activation": "relu"}},
        {"encoder": {"norm": None}},
        {"encoder": {"type": "fake_encoder", "norm": {"type": "fake_norm"}}},
    ],
)
def test_names_and_defaults_in_part_are_valid(validator, data, model):
    assert not errors(validator, data, **model)
    session.load(data | {"model": data["model"] | model})


@pytest.mark.parametrize(
    ("model", "place"),
    [
        ({"loss": "fake_los"}, "model/loss"),
        ({"loss": {"scal": 2}}, "model/loss"),
        ({"loss": {"scale": 0}}, "model/loss/scale"),
        ({"loss": {"scale": "2"}}, "model/loss/scale"),
        ({"loss": {"type": "fake_norm"}}, "model/loss/type"),
        ({"loss": {"type": "fake_loss", "scal": 2}}, "model/loss"),
        ({"loss": {"type": None}}, "model/loss/type"),
        ({"loss": None}, "model/loss"),
        ({"loss": 3}, "model/loss"),
        ({"encoder": {"activation": "tanh"}}, "model/encoder/activation"),
        ({"encoder": {"norm": {"dim": 3}}}, "model/encoder/norm"),
        ({"encoder": {"norm": "fake_loss"}}, "model/encoder/norm"),
        ({"tags": "ab"}, "model/tags"),
    ],
)
def test_faults_in_names_and_defaults_in_part_are_placed(validator, data, model, place):
    assert place in errors(validator, data, **model)
    with pytest.raises(SpecError):
        session.load(data | {"model": data["model"] | model})


def test_a_default_within_a_default_and_one_that_settings_give_may_be_said_in_part():
    @spec
    class Inner(NormSpec):
        """Needs a factor, and may hold another such."""

        target = "seqrec_fake.parts:Norm"
        factor: int = required(help="factor")
        shift: int = param(0, help="shift")
        next: NormSpec | None = component("local:inner", factor=3, help="part")

    @spec
    class Outer(NormSpec):
        """Sets a part that has no default of its own."""

        target = "seqrec_fake.parts:Norm"
        free: NormSpec | None = param(None, help="part")
        inner: NormSpec = component("local:inner", factor=1, help="part")

    @spec
    class Around(LossSpec):
        """Holds an outer one, and sets what that has."""

        target = "seqrec_fake.parts:Loss"
        part: NormSpec = component(
            "local:outer", free={"type": "local:inner", "factor": 2}, help="part"
        )
        gone: NormSpec = component("local:nowhere", help="part")

    own = Registry(registry.points)
    for name, cls in {"inner": Inner, "outer": Outer, "around": Around}.items():
        own.register(name, cls)
    schema = json_schema(own) | {"$ref": "#/$defs/loss"}
    del schema["if"], schema["then"], schema["else"]
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema)))
    for good in (
        {"inner": {"shift": 1}},
        {"inner": {"next": {"next": {"shift": 2}}}},
        {"free": {"shift": 1}, "inner": {"type": "inner", "factor": 2}},
    ):
        assert not list(validator.iter_errors({"type": "around", "part": good}))
        session.read({"type": "around", "part": good}, LossSpec, session=Session(own))
    for wrong in (
        {"inner": {"shfit": 1}},
        {"inner": {"type": "inner"}},
        {"inner": {"next": {"next": {"shift": 2.5}}}},
        {"free": {"x": 1}},
    ):
        assert not validator.is_valid({"type": "around", "part": wrong})
        with pytest.raises(SpecError):
            session.read({"type": "around", "part": wrong}, LossSpec, session=Session(own))
    assert not validator.is_valid({"type": "around", "gone": {}})


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


@pytest.mark.parametrize(
    ("filters", "place"),
    [
        ([], None),
        ([{}], None),
        (["seen_items"], None),
        ([{"seen_items_column": "x"}], None),
        ([{"type": "seen_items", "seen_items_column": "x"}, "seen_items"], None),
        ([{"seen_items_colum": "x"}], "postprocessors/0"),
        ([{"seen_items_column": 3}], "postprocessors/0/seen_items_column"),
        (["seen_items", {"seen_items_column": "x"}], "postprocessors/1"),
        ("seen_items", "postprocessors"),
        ([None], "postprocessors/0"),
        ([{"type": "fake_loss"}], "postprocessors/0/type"),
    ],
)
def test_entries_of_a_default_list_may_be_said_in_part(validator, data, filters, place):
    changed = data | {"postprocessors": filters}
    if place is None:
        assert not errors(validator, changed)
        session.load(changed)
    else:
        assert place in errors(validator, changed)
        with pytest.raises(SpecError):
            session.load(changed)


def test_a_name_alone_does_only_for_a_component_that_needs_no_settings(validator, data):
    whole = {"type": "multi_class", "sample_mask": "items.parquet:category"}
    data["model"] = {"type": "sasrec", "loss": "ce_sampled"}
    for negatives, is_valid in (("uniform", True), ("multi_class", False), (whole, True)):
        data["model"]["negatives"] = negatives
        assert validator.is_valid(data) == is_valid
