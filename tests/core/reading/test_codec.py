import copy
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_fake.specs import FakeEncoderSpec, FakeLossSpec, FakeModelSpec, FakeNormSpec, Shade

from seqrec_core import session
from seqrec_core.errors import SpecError
from seqrec_core.reading.codec import Reader
from seqrec_core.reading.resolve import resolve_data
from seqrec_core.schema import FeatureHint, FeatureType
from seqrec_core.session import dump, load, load_resolved, registry, resolve
from seqrec_core.spec import LossSpec, param, spec
from seqrec_core.spec.recipe import FeatureSpec, Recipe, SchemaSpec


def read(data):
    return session.read(data, Recipe)


def faults(data):
    with pytest.raises(SpecError) as caught:
        read(data)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_reading_gives_specs(data):
    recipe = read(data)
    assert recipe.seed == 7
    assert recipe.model.encoder == FakeEncoderSpec(norm=FakeNormSpec())
    assert recipe.model.tags == ("a", "b")
    assert recipe.schema.features[0].type is FeatureType.CATEGORICAL


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("model.embedding_dim", "4", "expected a whole number, got '4'"),
        ("model.embedding_dim", True, "expected a whole number, got true"),
        ("model.embedding_dim", 2.7, "expected a whole number, got 2.7"),
        ("model.embedding_dim", 2.0, "expected a whole number, got 2.0"),
        ("model.embedding_dim", None, "expected a whole number, got null"),
        ("model.embedding_dim", 0, "must be at least 1, got 0"),
        ("model.tags", "ab", "expected a list, got 'ab'"),
        ("model.tags", ["a", 1], "expected a string, got 1"),
        ("model.weights", [1], "expected an object, got a list"),
        ("model.weights", {"x": math.nan}, "expected a number, got nan"),
        ("model.weights", {"x": math.inf}, "expected a number, got inf"),
        ("model.weights", {"x": 10**400}, "holds a number of more than 100 digits"),
        ("model.shade", "DARK", "expected one of 'dark', 'light', got 'DARK'"),
        ("model.encoder", "fake_encodr", "did you mean 'fake_encoder'?"),
        ("model.encoder", 3, "expected a name, or an object such as"),
        ("model.loss", {"type": None}, "missing; installed for loss are"),
        ("model.loss", {"type": 3}, "expected a name, got 3"),
        ("seqrec", 3, "must be at most 2, got 3"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(data, path, value, message):
    *parents, last = path.split(".")
    node = data
    for key in parents:
        node = node[key]
    node[last] = value
    found = faults(data)
    assert len(found) == 1
    where, said = next(iter(found.items()))
    assert where.startswith(path)
    assert message in said


def test_five_mistakes_are_five_faults(data):
    data["model"]["loss"] = {"type": "fake_los"}
    data["model"]["embedding_dim"] = "4"
    data["model"]["head"] = 2
    data["model"]["max_sequence_length"] = 0
    del data["schema"]["features"][0]["name"]
    found = faults(data)
    assert set(found) == {
        "schema.features[0].name",
        "model.loss.type",
        "model.embedding_dim",
        "model.head",
        "model.max_sequence_length",
    }
    assert "did you mean 'fake_loss'?" in found["model.loss.type"]
    assert "did you mean 'heads'?" in found["model.head"]
    assert found["schema.features[0].name"].startswith("missing; give a string")


def test_dump_leaves_open_what_resolve_will_fill(data):
    dumped = dump(read(data))
    assert "loss" not in dumped["model"]
    assert dumped["model"]["encoder"] == {
        "type": "local:fake_encoder",
        "activation": "relu",
        "norm": {"type": "local:fake_norm"},
    }


def numbers(low, high):
    return st.floats(low, high, exclude_min=True, allow_nan=False)


encoders = st.builds(
    FakeEncoderSpec,
    activation=st.sampled_from(["relu", "gelu"]),
    norm=st.none() | st.builds(FakeNormSpec, dim=st.integers(1, 9)),
)
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5)
models = st.builds(
    FakeModelSpec,
    embedding_dim=st.integers(1, 64).map(lambda n: 2 * n),
    encoder=encoders,
    loss=st.builds(FakeLossSpec, scale=numbers(0, 10)),
    tags=st.lists(texts, max_size=3).map(tuple),
    weights=st.none() | st.dictionaries(texts, numbers(-1e300, 1e300), max_size=3),
    shade=st.sampled_from(Shade),
)
recipes = st.builds(
    Recipe,
    seed=st.integers(0, 2**63 - 1),
    schema=st.just(
        SchemaSpec(
            features=(
                FeatureSpec(
                    name="item_id",
                    type=FeatureType.CATEGORICAL,
                    hint=FeatureHint.ITEM_ID,
                    cardinality=9,
                ),
            )
        )
    ),
    model=models,
)
quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quick
@given(recipe=recipes)
def test_the_round_trip_is_lossless(recipe):
    assert read(json.loads(json.dumps(dump(recipe)))) == recipe


@quick
@given(recipe=recipes)
def test_resolving_twice_changes_nothing_and_round_trips(recipe):
    once = resolve(recipe)
    assert resolve(once) == once
    assert read(json.loads(json.dumps(dump(once)))) == once


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "name", "features", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(node, here=()):
    yield here
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(child, (*here, key))


@quick
@given(draw=st.data())
def test_no_data_makes_reading_or_resolving_crash(draw, data):
    broken = copy.deepcopy(data)
    for _ in range(draw.draw(st.integers(1, 3))):
        *parents, last = draw.draw(st.sampled_from([p for p in places(broken) if p]))
        node = broken
        for key in parents:
            node = node[key]
        if isinstance(node, dict) and draw.draw(st.booleans()):
            del node[last]
        else:
            node[last] = draw.draw(plain)
    try:
        resolution = resolve_data(broken, Reader(registry))
    except SpecError as error:
        messages = [fault.message for fault in error.faults]
    else:
        messages = ["none"]
        assert resolve(resolution.recipe) == resolution.recipe
    assert all(messages)
    assert not any("check failed" in message for message in messages)


def test_a_component_written_by_an_older_version_migrates(data):
    @spec
    class Renamed(LossSpec):
        """Once had `factor`, then `times`, now `scale`."""

        target = "seqrec_fake.parts:Loss"
        version = 3
        migrations = {
            1: lambda raw: {"times": raw["factor"]},
            2: lambda raw: {"scale": raw["times"]},
        }
        scale: float = param(1.0, help="factor")

    component = registry.register("renamed", Renamed)
    data["model"]["loss"] = {"type": "local:renamed", "factor": 3.0}
    old = Reader(registry, {"local:renamed": 1}).read(data, Recipe, "")
    assert old.model.loss == Renamed(scale=3.0)
    newer = Reader(registry, {"local:renamed": 4})
    newer.read(data, Recipe, "")
    assert "written by version 4" in newer.faults[0].message
    registry.unregister(component)


def test_null_is_no_value_of_a_union_without_it():
    reader = Reader(registry)
    assert reader.read(None, int | str | None, "field") is None
    assert not reader.faults
    reader.read(None, int | str, "field")
    assert [fault.path for fault in reader.faults] == ["field"]


def test_a_list_of_two_has_two():
    reader = Reader(registry)
    assert reader.read([0.9, 1], tuple[float, float], "betas") == (0.9, 1.0)
    assert not reader.faults
    reader.read([0.9], tuple[float, float], "betas")
    assert [str(fault) for fault in reader.faults] == ["betas: expected a list of 2, got 1"]


@pytest.mark.parametrize("assignments", [(), ("model.encoder.norm.dim=3",)])
def test_objects_within_plain_data_are_read(data, assignments):
    encoder = FakeEncoderSpec(activation="relu", norm=FakeNormSpec())
    expected = load(data | {"model": data["model"] | {"encoder": dump(encoder)}}, assignments)
    data["model"]["encoder"] = encoder
    data["schema"] = read(data).schema
    assert load(data, assignments) == expected
    assert resolve(load(data, assignments)) == load_resolved(data, assignments).recipe


def test_objects_within_plain_data_are_checked(data):
    data["model"] |= {"encoder": FakeLossSpec(), "loss": FakeLossSpec(scale=99.0)}
    found = faults(data)
    assert found["model.encoder"] == "expected an encoder, got a FakeLossSpec"
    assert found["model.loss.scale"] == "must be at most 10, got 99.0"


def test_an_object_that_is_no_component_is_a_fault_of_its_place(data):
    @spec
    class Unknown(LossSpec):
        """Of nobody."""

        target = "nowhere:Loss"

    data["model"]["loss"] = Unknown()
    assert "Unknown of" in faults(data)["model.loss"]


def test_an_object_in_the_place_of_a_plain_value_is_a_fault(data):
    data["model"] |= {"tags": FakeLossSpec(), "embedding_dim": FakeLossSpec(), "weights": {1: 2.0}}
    found = faults(data)
    assert found["model.tags"] == "expected a list, got a FakeLossSpec"
    assert found["model.embedding_dim"] == "expected a whole number, got a FakeLossSpec"
    assert found["model.weights"] == "expected names as keys, got 1"


@pytest.mark.parametrize(
    ("section", "key", "hint"),
    [
        (None, "tags", "did you mean 'model.tags'?"),
        (None, "features", "did you mean 'schema.features'?"),
        (None, "csv", "it is a tracker, one of 'trackers' at the top of a spec;"),
        ("model", "csv", "it is a tracker, one of 'trackers' at the top of a spec;"),
        ("model", "trackers", "it stands at the top of a spec;"),
        ("model", "weight", "did you mean 'weights'?"),
        ("model", "strange", "unknown key; allowed are "),
    ],
)
def test_an_unknown_key_that_is_known_elsewhere_says_where(data, section, key, hint):
    (data[section] if section else data)[key] = ["a"]
    (message,) = faults(data).values()
    assert hint in message
