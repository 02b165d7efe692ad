"""Objects over objects: which settings stay, whatever the spelling of a component's name."""

import contextlib
import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_fake.specs import FakeEncoderSpec, FakeLossSpec, FakeNormSpec

from seqrec_core.errors import SpecError
from seqrec_core.reading.codec import Reader
from seqrec_core.reading.merge import merge
from seqrec_core.reading.resolve import resolve_data
from seqrec_core.session import read, registry
from seqrec_core.spec import EncoderSpec, LossSpec, Recipe, param, spec

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@spec
class OtherLoss(LossSpec):
    """Another loss, one of whose settings has the name of the default's."""

    target = "seqrec_fake.parts:Loss"
    scale: float = param(9.0, help="factor")


@pytest.fixture(autouse=True)
def other():
    component = registry.register("other", OtherLoss)
    yield
    registry.unregister(component)


@pytest.mark.parametrize(
    ("base", "over", "merged"),
    [
        ({"type": "fake_loss", "scale": 3}, {"type": "local:fake_loss"}, 3),
        ({"type": "local:fake_loss", "scale": 3}, {"type": "fake_loss"}, 3),
        ({"type": "fake_loss", "scale": 3}, {"type": "local:fake_loss", "scale": 4}, 4),
        ({"type": "fake_loss", "scale": 3}, "local:fake_loss", 3),
        ({"type": "fake_loss", "scale": 3}, {"scale": 4}, 4),
        ("local:fake_loss", {"scale": 4}, 4),
        ("fake_loss", "local:fake_loss", 1),
        ({"scale": 3}, {"type": "fake_loss"}, 3),
        ({"scale": 3}, "fake_loss", 3),
        ({"scale": 3}, {}, 3),
    ],
)
def test_an_object_of_the_same_component_keeps_what_the_other_does_not_say(base, over, merged):
    default = {"type": "local:fake_loss"}
    data = merge(base, over, LossSpec, registry, default)
    assert read(default | data if isinstance(data, dict) else data, LossSpec).scale == merged


@pytest.mark.parametrize("base", [{"type": "fake_loss", "scale": 3}, "fake_loss", {"scale": 3}])
@pytest.mark.parametrize("over", [{"type": "other"}, {"type": "local:other"}, "other", None, 3])
def test_another_component_or_value_replaces_all_of_it(base, over):
    assert merge(base, over, LossSpec | None, registry, {"type": "local:fake_loss"}) == over


@pytest.mark.parametrize("over", ["los", {"type": "los"}, {"type": 3}, {"type": None}])
def test_names_that_name_nothing_are_left_for_reading(over):
    assert merge({"type": "fake_loss", "scale": 3}, over, LossSpec, registry) == over
    assert merge({"type": "los", "scale": 3}, {"type": "fake_loss"}, LossSpec, registry) == {
        "type": "fake_loss"
    }


def test_a_default_in_part_under_its_own_name_keeps_the_settings_of_the_default():
    default = {"type": "local:fake_encoder", "activation": "gelu"}
    over = {"type": "fake_encoder"}
    data = merge({"norm": "fake_norm"}, over, EncoderSpec, registry, default)
    assert read(data, EncoderSpec) == FakeEncoderSpec(activation="gelu", norm=FakeNormSpec())


def test_objects_that_are_no_components_merge_by_their_keys_and_lists_are_replaced(data):
    over = {"model": {"weights": {"y": 2.0}, "tags": ["c"]}, "serving": {"a": 1}}
    merged = merge(data, over, Recipe, registry)
    assert merged["model"]["weights"] == {"x": 1.5, "y": 2.0}
    assert merged["model"]["tags"] == ["c"]
    assert merged["serving"] == {"a": 1}
    assert data["model"]["tags"] == ["a", "b"]


names = st.sampled_from(["fake_loss", "local:fake_loss", "other", "local:other"])
scales = st.fixed_dictionaries({}, optional={"scale": st.integers(1, 9)})
layers = names | scales | st.builds(lambda name, rest: {"type": name, **rest}, names, scales)


def folded(layers):
    """What layers say, the last one loudest, counted by hand: the component and its settings."""
    component, scale = "fake_loss", None
    for layer in layers:
        layer = {"type": layer} if isinstance(layer, str) else layer
        name = layer.get("type", component).removeprefix("local:")
        scale = layer.get("scale", scale if name == component else None)
        component = name
    settings = {} if scale is None else {"scale": float(scale)}
    return {"fake_loss": FakeLossSpec, "other": OtherLoss}[component](**settings)


@quick
@given(layers=st.lists(layers, min_size=1, max_size=5))
def test_layers_merge_from_the_lowest_to_the_highest(layers, data):
    merged = data
    for layer in layers:
        merged = merge(merged, {"model": {"type": "fake_model", "loss": layer}}, Recipe, registry)
    assert read(merged, Recipe).model.loss == folded(layers)


def places(node, here=()):
    yield here
    if isinstance(node, dict | list):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(child, (*here, key))


keys = st.sampled_from(["type", "scale", "norm", "loss", "features", "x"])
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | names | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)


@quick
@given(draw=st.data())
def test_no_data_makes_merging_crash_and_merging_changes_neither_side(draw, data):
    sides = [copy.deepcopy(data), copy.deepcopy(data)]
    for side in sides:
        for _ in range(draw.draw(st.integers(0, 3))):
            *parents, last = draw.draw(st.sampled_from([p for p in places(side) if p]))
            node = side
            for key in parents:
                node = node[key]
            node[last] = draw.draw(plain)
    before = copy.deepcopy(sides)
    merged = merge(*sides, Recipe, registry)
    assert repr(sides) == repr(before)
    with contextlib.suppress(SpecError):
        resolve_data(merged, Reader(registry))
