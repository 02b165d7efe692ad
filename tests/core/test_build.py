from concurrent.futures import ThreadPoolExecutor

import attrs
import pytest
import torch
from seqrec_fake.parts import Encoder, Model
from seqrec_fake.specs import FakeLossSpec, FakeNormSpec

from seqrec_core import Session, build, load, registry, resolve
from seqrec_core.build import Runtime, build_model, build_part
from seqrec_core.errors import BrokenPluginError, BuildError
from seqrec_core.hookspecs import hookimpl
from seqrec_core.schema import TensorSchema
from seqrec_core.session import read
from seqrec_core.spec import LossSpec, Recipe, param, spec


@pytest.fixture
def runtime(data):
    return Runtime.of(load(data))


def test_a_recipe_builds_its_model(data):
    model = build(load(data))
    assert isinstance(model, Model)
    assert isinstance(model.encoder, Encoder)
    assert model.encoder.table.weight.shape == (21, 4)
    assert model.encoder.norm.dim == 4
    assert isinstance(model.schema, TensorSchema)
    assert model.tags == ("a", "b")


def test_weights_follow_from_the_seed_and_leave_the_callers_state_alone(data):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    one = build(load(data))
    assert torch.equal(torch.rand(2), expected)
    assert torch.equal(build(load(data)).encoder.table.weight, one.encoder.table.weight)
    other = build(load(data, ["seed=8"]))
    assert not torch.equal(other.encoder.table.weight, one.encoder.table.weight)


def test_the_meta_device_holds_no_weights(data):
    data["schema"]["features"][0]["cardinality"] = 10**9
    model = build(load(data), device="meta")
    assert model.encoder.table.weight.device.type == "meta"
    assert model.encoder.table.weight.shape == (10**9 + 1, 4)


def test_the_trace_lists_parts_before_what_holds_them(data):
    recipe = load(data)
    runtime = Runtime.of(recipe)
    build(recipe, runtime=runtime)
    assert [built.path for built in runtime.trace] == [
        "model.encoder.norm",
        "model.encoder",
        "model.loss",
        "model",
    ]


def test_what_is_pure_resolves_nothing_and_tells_nobody(data):
    class Watch:
        @hookimpl
        def seqrec_spec_resolved(self, recipe):
            raise AssertionError

        seqrec_model_built = seqrec_change_model = seqrec_spec_resolved

    recipe = resolve(load(data))
    session = Session()
    session.listeners.manager.register(Watch())
    model = build_model(recipe, Runtime.of(recipe, session=session))
    same = build(recipe)
    assert torch.equal(model.encoder.table.weight, same.encoder.table.weight)
    with pytest.raises(BuildError, match=r"model\.heads|left open"):
        build_model(read(data, Recipe), Runtime.of(recipe))


def test_threads_that_build_at_once_draw_the_weights_of_their_seeds(data):
    recipes = [resolve(load(data, [f"seed={seed}"])) for seed in (1, 2)] * 8
    expected = [build(recipe).encoder.table.weight for recipe in recipes]
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(build, recipes))
    for model, weight in zip(models, expected, strict=True):
        assert torch.equal(model.encoder.table.weight, weight)


def test_runtime_names_are_supplied(data, tmp_path):
    recipe = load(data, [f"data.folder={tmp_path}"])
    recipe = resolve(recipe)
    made = build_part(recipe.data, Runtime.of(recipe), "data")
    assert (made.data_dir, made.seed) == (tmp_path, 7)
    assert made.transforms["train"][0].column == "item_id"


def test_an_open_field_cannot_be_built(runtime):
    with pytest.raises(BuildError, match=r"model\.norm\.dim: is left open"):
        build_part(FakeNormSpec(), runtime, "model.norm")


def register(cls):
    return registry.register("temporary", cls)


def test_a_failing_constructor_names_its_place(runtime):
    @spec
    class Failing(LossSpec):
        """Fails."""

        target = "seqrec_fake.parts:Broken"
        scale: float = param(1.0, help="factor")

    with pytest.raises(
        BuildError,
        match=r"model\.loss \(Failing\): build failed: RuntimeError: no luck; seqrec --debug",
    ):
        build_part(Failing(), runtime, "model.loss")


@pytest.mark.parametrize("where", ["seqrec_fake.nowhere:Loss", "seqrec_fake.parts:Nowhere"])
def test_a_target_that_does_not_import_names_its_distribution(runtime, where):
    @spec
    class Lost(LossSpec):
        """Lost."""

        target = where

    component = register(Lost)
    with pytest.raises(BrokenPluginError, match=r"'temporary' of local.*does not import"):
        build_part(Lost(), runtime, "model.loss")
    registry.unregister(component)


def test_an_unknown_runtime_name_says_how_to_pass_it(runtime):
    @spec
    class Wants(LossSpec):
        """Wants something."""

        target = "seqrec_fake.parts:Loss"
        runtime = ("scale",)

    with pytest.raises(BuildError, match=r"asks for 'scale'.*Runtime\(extra="):
        build_part(Wants(), runtime, "model.loss")
    assert build_part(Wants(), attrs.evolve(runtime, extra={"scale": 2.0})).scale == 2.0
    assert build_part(FakeLossSpec(scale=3.0), runtime).scale == 3.0


@pytest.mark.parametrize("variable", ["RANK", "LOCAL_RANK"])
def test_processes_of_one_run_draw_different_numbers(runtime, monkeypatch, variable):
    alone = torch.rand(4, generator=runtime.generator)
    assert torch.equal(torch.rand(4, generator=runtime.generator), alone)
    monkeypatch.setenv(variable, "1")
    assert not torch.equal(torch.rand(4, generator=runtime.generator), alone)
