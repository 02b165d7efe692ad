"""Defaults changed in part, and components that stand as names: read, resolved and dumped."""

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seqrec_fake.specs import FakeEncoderSpec, FakeLossSpec, FakeNormSpec

from seqrec_core.errors import SpecError
from seqrec_core.reading.codec import Reader
from seqrec_core.session import dump, load, load_resolved, read, registry, resolve
from seqrec_core.spec import AggregatorSpec, LossSpec, component, param, required, spec
from seqrec_core.spec.recipe import Recipe

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@spec
class Leaf(AggregatorSpec):
    """Needs a factor."""

    target = "seqrec_fake.parts:Norm"
    factor: int = required(help="factor")
    shift: int = param(0, help="shift")
    tags: tuple[str, ...] = param((), help="labels")


@spec
class Branch(AggregatorSpec):
    """Has a leaf by default, with settings of its own."""

    target = "seqrec_fake.parts:Norm"
    leaf: AggregatorSpec = component("local:leaf", factor=2, tags=["a"], help="part")
    leaves: tuple[AggregatorSpec, ...] = param((), help="parts")
    by_name: dict[str, AggregatorSpec] | None = param(None, help="parts")


@spec
class Tree(AggregatorSpec):
    """Has a branch by default, and sets its leaf."""

    target = "seqrec_fake.parts:Norm"
    branch: AggregatorSpec = component(
        "local:branch", leaf={"type": "local:leaf", "factor": 5}, help="part"
    )


@pytest.fixture(autouse=True)
def parts():
    classes = {"leaf": Leaf, "branch": Branch, "tree": Tree}
    components = [registry.register(name, cls) for name, cls in classes.items()]
    yield
    for each in components:
        registry.unregister(each)


def faults(data, type_):
    with pytest.raises(SpecError) as caught:
        read(data, type_)
    return {fault.path: fault.message for fault in caught.value.faults}


def test_settings_without_a_type_are_set_over_the_default_and_its_own_settings():
    branch = read({"type": "branch", "leaf": {"shift": 3}}, AggregatorSpec)
    assert branch == Branch(leaf=Leaf(factor=2, shift=3, tags=("a",)))
    branch = read({"type": "branch", "leaf": {"factor": 7, "tags": []}}, AggregatorSpec)
    assert branch == Branch(leaf=Leaf(factor=7))
    assert read({"type": "branch", "leaf": {}}, AggregatorSpec).leaf.factor == 2


def test_so_are_those_of_a_default_within_a_default():
    tree = read({"type": "tree", "branch": {"leaf": {"shift": 3}}}, AggregatorSpec)
    assert tree == Tree(branch=Branch(leaf=Leaf(factor=5, shift=3)))
    tree = read({"type": "tree", "branch": {"type": "branch", "leaf": {}}}, AggregatorSpec)
    assert tree.branch == Branch(leaf=Leaf(factor=2, tags=("a",)))


def test_a_type_or_a_name_brings_the_components_own_defaults():
    assert "factor" in "".join(faults({"type": "branch", "leaf": "leaf"}, AggregatorSpec))
    assert read({"type": "tree", "branch": "branch"}, AggregatorSpec) == Tree(branch=Branch())


def test_names_stand_for_components_wherever_these_stand():
    data = {"type": "branch", "leaves": ["branch", "local:tree"], "by_name": {"a": "tree"}}
    assert read(data, AggregatorSpec) == Branch(leaves=(Branch(), Tree()), by_name={"a": Tree()})
    assert read("fake_loss", LossSpec) == FakeLossSpec()


def test_names_that_name_nothing_are_faults_of_their_places():
    found = faults({"type": "branch", "leaves": ["brnch"], "leaf": "", "by_name": "x"}, Branch)
    assert "did you mean 'branch'?" in found["leaves[0]"]
    assert found["leaf"].startswith("unknown aggregator ''")
    assert found["by_name"] == "expected an object, got 'x'"


def test_a_wrong_key_names_the_default_its_keys_and_the_way_to_another():
    found = faults({"type": "tree", "branch": {"leaf": {"shfit": 1}, "factor": 2}}, AggregatorSpec)
    assert found == {
        "branch.factor": "unknown key of local:branch, the default aggregator; "
        'allowed are leaf, leaves, by_name; another one needs its "type"',
        "branch.leaf.shfit": "unknown key; did you mean 'shift'? allowed are factor, shift, tags",
    }


def test_without_a_default_the_type_is_missing_and_the_line_to_write_is_there():
    found = faults({"type": "branch", "leaves": [{}, {"shift": 2}]}, AggregatorSpec)
    assert found.keys() == {"leaves[0].type", "leaves[1].type"}
    installed = "missing; installed for aggregator are "
    assert all(message.startswith(installed) for message in found.values())
    line = 'add "type": "leaf", or --set leaves.1.type=leaf'
    assert found["leaves[1].type"].endswith(line)


def test_a_default_that_is_not_installed_is_named(data):
    registry.unregister(registry["loss", "fake_loss"])
    try:
        found = faults({**data, "model": {"type": "fake_model", "loss": {"scale": 2}}}, Recipe)
    finally:
        registry.register("fake_loss", FakeLossSpec)
    assert found.keys() == {"model.loss.type"}
    assert "'local:fake_loss'" in found["model.loss.type"]


def test_assignments_go_below_defaults_and_names(data):
    del data["model"]["encoder"]
    data["model"]["loss"] = "fake_loss"
    sets = ["model.encoder.norm=fake_norm", "model.loss.scale=2", "trainer=null"]
    model = load(data, sets).model
    assert model.encoder == FakeEncoderSpec(activation="gelu", norm=FakeNormSpec())
    assert model.loss == FakeLossSpec(scale=2.0)
    with pytest.raises(SpecError, match=r"data\.folder: expected a string, got an object"):
        load(data, ["data.folder=x", "data.folder.y=1"])


def test_an_assignment_replaces_what_stood_there_and_nothing_beside_it(data):
    data["model"]["loss"] = {"type": "fake_loss", "scale": 3}
    assert load(data, ["model.loss=local:fake_loss"]).model.loss == FakeLossSpec()
    assert load(data, ["model.loss.type=local:fake_loss"]).model.loss == FakeLossSpec(scale=3.0)


def test_a_file_says_in_part_what_the_one_below_it_says_in_another_spelling(data, tmp_path):
    data["model"]["loss"] = {"type": "fake_loss", "scale": 3}
    (tmp_path / "base.json").write_text(json.dumps(data))
    child = {"extends": "base.json", "model": {"type": "local:fake_model"}, "data": "fake_data"}
    for loss in ("local:fake_loss", {"type": "local:fake_loss"}, {}):
        child["model"]["loss"] = loss
        (tmp_path / "child.json").write_text(json.dumps(child))
        model = load(tmp_path / "child.json").model
        assert (model.embedding_dim, model.loss) == (4, FakeLossSpec(scale=3.0))
    del data["model"]["loss"], data["model"]["encoder"]
    child["model"] = {"loss": {"scale": 2}, "encoder": {"norm": "fake_norm"}}
    (tmp_path / "base.json").write_text(json.dumps(data))
    (tmp_path / "child.json").write_text(json.dumps(child))
    model = load(tmp_path / "child.json").model
    assert model.loss == FakeLossSpec(scale=2.0)
    assert model.encoder == FakeEncoderSpec(activation="gelu", norm=FakeNormSpec())


def test_origins_name_what_the_default_gave(data):
    data["model"]["encoder"] = {"norm": "fake_norm"}
    origins = load_resolved(data).origins
    assert origins["model.encoder.type"] == "default"
    assert origins["model.encoder.activation"] == "default"
    assert origins["model.encoder.embedding_dim"] == "model.embedding_dim"
    assert origins["model.loss"] == "default"
    assert not {"model.encoder", "model.encoder.norm"} & origins.keys()


def test_a_default_in_part_is_of_the_versions_of_today(data):
    data["model"]["loss"] = {"scale": 2}
    reader = Reader(registry, {"local:fake_loss": 0})
    assert reader.read(data, Recipe, "").model.loss == FakeLossSpec(scale=2.0)
    assert not reader.faults


scales = st.fixed_dictionaries({}, optional={"scale": st.integers(1, 10)})
losses = (
    st.sampled_from(["fake_loss", "local:fake_loss"])
    | scales
    | scales.map(lambda rest: {"type": "fake_loss", **rest})
)
norms = st.none() | st.just("fake_norm") | st.just({"type": "local:fake_norm", "dim": 3})
in_part = st.fixed_dictionaries(
    {}, optional={"norm": norms, "activation": st.sampled_from(["relu", "gelu"])}
)
encoders = (
    st.just("fake_encoder") | in_part | in_part.map(lambda r: {"type": "local:fake_encoder", **r})
)
models = st.fixed_dictionaries({}, optional={"loss": losses, "encoder": encoders})


def whole(raw, default):
    """The settings that a component has, counted by hand: by name, whole or in part."""
    if raw is None or isinstance(raw, str):
        return default if raw is None else {}
    return {key: raw[key] for key in raw if key != "type"} | (
        {} if "type" in raw else {k: v for k, v in default.items() if k not in raw}
    )


@quick
@given(model=models)
def test_documents_with_names_and_defaults_in_part_say_what_they_mean_and_round_trip(model, data):
    recipe = read({**data, "model": {"type": "fake_model", **model}}, Recipe)
    assert read(json.loads(json.dumps(dump(recipe))), Recipe) == recipe
    resolved = resolve(recipe)
    assert resolve(resolved) == resolved == read(dump(resolved), Recipe)
    loss = whole(model.get("loss"), {})
    assert resolved.model.loss == FakeLossSpec(scale=float(loss.get("scale", 1)))
    encoder = whole(model.get("encoder"), {"activation": "gelu"})
    assert resolved.model.encoder.activation == encoder.get("activation", "relu")
    norm = encoder.get("norm")
    dim = norm["dim"] if isinstance(norm, dict) else resolved.model.embedding_dim
    assert resolved.model.encoder.norm == (None if norm is None else FakeNormSpec(dim=dim))


def test_what_was_written_whole_is_dumped_whole(data):
    data["model"]["loss"] = {"type": "fake_loss", "scale": 2}
    assert dump(read(data, Recipe))["model"]["loss"] == {"type": "local:fake_loss", "scale": 2.0}
    data["model"]["loss"] = {"scale": 2}
    assert dump(read(data, Recipe))["model"]["loss"] == {"type": "local:fake_loss", "scale": 2.0}


paths = st.lists(
    st.sampled_from(["model", "loss", "encoder", "type", "tags", "0", "scale", "norm", "data"]),
    min_size=1,
    max_size=4,
).map(".".join)
values = st.sampled_from(["fake_loss", "3", "null", "{}", "[]", '{"scale": 2}', '["x"]', "é", ""])


@quick
@given(sets=st.lists(st.builds("{}={}".format, paths, values), max_size=4))
def test_no_assignments_make_loading_crash(sets, data):
    with contextlib.suppress(SpecError):
        recipe = load_resolved(data, sets).recipe
        assert resolve(recipe) == recipe


COLUMN = "seen_items_column"


@pytest.mark.parametrize(
    ("assignment", "columns"),
    [
        (f"postprocessors.0.{COLUMN}=mine", ["mine"]),
        (f'postprocessors=[{{"{COLUMN}": "mine"}}]', ["mine"]),
        (f'postprocessors=[{{"{COLUMN}": "mine"}}, "seen_items"]', ["mine", "seen_ids"]),
        ('postprocessors=["seen_items"]', ["seen_ids"]),
        ("postprocessors=[]", []),
        ("postprocessors=[{}]", ["seen_ids"]),
        ("postprocessors.0=seen_items", ["seen_ids"]),
    ],
)
def test_an_entry_of_a_default_list_changes_the_default_there(data, assignment, columns):
    recipe = load_resolved(data, [assignment]).recipe
    assert [filter_.seen_items_column for filter_ in recipe.postprocessors] == columns
    assert load(dump(recipe)) == recipe


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        (f"postprocessors.1.{COLUMN}=mine", "postprocessors.1"),
        ("postprocessors.0.colum=mine", r"postprocessors\[0\]\.colum: unknown key; "),
        (f'postprocessors=["seen_items", {{"{COLUMN}": "x"}}]', r"postprocessors\[1\]\.type: miss"),
        ("postprocessors=seen_items", "postprocessors: expected a list"),
        ("postprocessors=null", "postprocessors: expected a list"),
    ],
)
def test_faults_in_a_default_list_are_placed(data, assignment, message):
    with pytest.raises(SpecError, match=message):
        load(data, [assignment])


def test_settings_of_a_list_come_from_the_default_that_stands_there(data):
    data["postprocessors"] = [{COLUMN: "mine"}]
    origins = load_resolved(data).origins
    assert origins["postprocessors[0].type"] == "default"
    assert f"postprocessors[0].{COLUMN}" not in origins
