from contextlib import contextmanager

import attrs
import pytest
from seqrec_fake.specs import (
    FakeEncoderSpec,
    FakeLossSpec,
    FakeModelSpec,
    FakeNormSpec,
    ItemEncoderSpec,
)
from seqrec_fake_serving import REGISTERED

from seqrec_core import build, session
from seqrec_core.errors import SpecError
from seqrec_core.reading.codec import Reader
from seqrec_core.reading.resolve import resolve_data, resolve_recipe
from seqrec_core.session import registry, resolve
from seqrec_core.spec import (
    EncoderSpec,
    LossSpec,
    NormSpec,
    PostprocessorSpec,
    Recipe,
    component,
    inherited,
    spec,
)
from seqrec_core.spec.fields import Inherited, Open


def read(data):
    return session.read(data, Recipe)


def trace(recipe):
    return resolve_recipe(recipe, registry)


def faults(data):
    with pytest.raises(SpecError) as caught:
        resolve(read(data))
    return {fault.path: fault.message for fault in caught.value.faults}


@contextmanager
def registered(name, cls):
    component = registry.register(name, cls)
    yield
    registry.unregister(component)


def test_inherited_values_come_from_the_nearest_enclosing_spec(data):
    recipe = resolve(read(data))
    assert recipe.model.encoder.embedding_dim == 4
    assert recipe.model.encoder.norm.dim == 4

    data["model"]["encoder"]["embedding_dim"] = 6
    inner = resolve(read(data)).model.encoder
    assert (inner.embedding_dim, inner.norm.dim) == (6, 6)


def test_what_a_faulty_model_would_offer_is_not_missing_as_well(data):
    transform = {"type": "fake_transform", "column": "item_id"}  # inherits the model's length
    data["data"]["transforms"] = {"train": [transform]}
    data["model"]["type"] = "fake_modle"
    with pytest.raises(SpecError) as caught:
        resolve_data(data, Reader(registry))
    assert [fault.path for fault in caught.value.faults] == ["model.type"]


def test_the_schema_is_the_last_to_be_asked(data):
    assert resolve(read(data)).model.encoder.cardinality == 20


def test_default_components_bring_their_settings(data):
    del data["model"]["encoder"]
    model = resolve(read(data)).model
    assert model.encoder == FakeEncoderSpec(embedding_dim=4, cardinality=20, activation="gelu")
    assert model.loss == FakeLossSpec()


def test_nothing_is_left_open(data):
    def open_fields(value):
        if isinstance(value, Open):
            return 1
        if attrs.has(type(value)):
            return sum(open_fields(getattr(value, a.name)) for a in attrs.fields(type(value)))
        return sum(map(open_fields, value)) if isinstance(value, tuple) else 0

    recipe = attrs.evolve(read(data), postprocessors=(), trackers=())
    assert open_fields(recipe)
    assert not open_fields(resolve(recipe))


def test_filters_and_trackers_are_resolved_where_something_is_trained(data):
    """A spec that only builds needs no plugin of theirs."""
    assert isinstance(resolve(read(data)).postprocessors, Open)
    assert isinstance(resolve(read(data)).trackers, Open)
    trained = resolve(read(data | {"trainer": {"type": "lightning", "callbacks": []}}))
    assert [spec.item_count for spec in trained.postprocessors] == [20]
    assert len(trained.trackers) == 1
    none = resolve(attrs.evolve(read(data), postprocessors=(), trackers=()))
    assert none.postprocessors == none.trackers == ()


def test_an_inherited_value_may_have_a_default(data):
    @spec
    class WidthSpec(LossSpec):
        target = "seqrec_fake.parts:Loss"
        width: int | None = inherited(default=None, help="where something encloses it")
        heads: int = inherited(default=7, help="the model has it")

    with registered("width", WidthSpec):
        data["model"]["loss"] = "width"
        resolution = trace(read(data))
        assert (resolution.recipe.model.loss.width, resolution.recipe.model.loss.heads) == (None, 2)
        assert resolution.origins["model.loss.width"] == "default"
        assert resolution.origins["model.loss.heads"] == "model.heads"


def test_a_part_is_there_by_default_only_where_the_spec_needs_it(data):
    @spec
    class DemandingSpec(FakeModelSpec):
        spare: NormSpec | None = component(
            "local:fake_norm", when=lambda spec: spec.heads > 2, for_parts=True, help="spare"
        )

    with registered("demanding", DemandingSpec):
        data["model"]["type"] = "demanding"
        assert resolve(read(data)).model.spare is None
        data["model"] |= {"heads": 4}
        assert resolve(read(data)).model.spare == FakeNormSpec(dim=4)
        build(read(data))  # whose target takes no `spare`
        data["model"] |= {"heads": 1, "spare": {}}
        assert resolve(read(data)).model.spare == FakeNormSpec(dim=4)


def test_the_models_embedding_dim_fills_the_schema(data):
    assert resolve(read(data)).schema.features[0].embedding_dim == 4
    data["schema"]["features"][0]["embedding_dim"] = 5
    assert faults(data) == {
        "schema.features[0].embedding_dim": "is 5, model.embedding_dim is 4; remove one of them"
    }


def test_the_model_gives_the_data_its_transforms(data):
    transforms = resolve(read(data)).data.transforms
    assert transforms["train"][0].column == "item_id"
    assert transforms["train"][0].length == 5
    assert transforms["validate"] == ()


def test_transforms_that_are_given_stay(data):
    """A split that is not given has the model's."""
    data["data"]["transforms"] = {"train": []}
    resolution = trace(read(data))
    assert resolution.recipe.data.transforms == {"train": (), "validate": ()}
    assert resolution.origins["data.transforms.validate"] == "model"
    assert "data.transforms.train" not in resolution.origins


def test_transforms_of_a_split_that_there_is_not_are_a_fault_with_the_rest(data):
    data["data"]["transforms"] = {"valid": [], "train": []}
    data["model"]["embedding_dim"] = 0
    with pytest.raises(SpecError) as caught:
        session.load(data)
    found = {fault.path: fault.message for fault in caught.value.faults}
    assert found.keys() == {"data.transforms.valid", "model.embedding_dim"}
    assert "splits are train, validate, test, predict" in found["data.transforms.valid"]


def test_a_missing_inherited_value_is_a_fault_with_the_rest(data):
    data["model"]["loss"] = {"type": "fake_loss", "scale": 11}
    data["model"]["tags"] = 3
    data["trainer"] = {"type": "nothing"}
    with pytest.raises(SpecError) as caught:
        read(data)
    paths = [fault.path for fault in caught.value.faults]
    assert paths == ["model.loss.scale", "model.tags", "trainer.type"]


def test_rules_across_fields_run_after_resolve(data):
    data["model"]["heads"] = 3
    assert faults(data) == {"model.heads": "3 does not divide embedding_dim 4"}


def test_an_encoder_of_the_other_tower_is_a_fault(data):
    data["model"]["encoder"] = {"type": "item_encoder"}
    assert (
        "serves the item tower; here one for the query tower is needed"
        in (faults(data)["model.encoder.type"])
    )
    assert ItemEncoderSpec.serves == ("item",)


def test_specs_made_in_python_are_checked_as_well(data):
    recipe = read(data)
    wrong = attrs.evolve(recipe, model=attrs.evolve(recipe.model, embedding_dim="4"))
    with pytest.raises(SpecError, match=r"model\.embedding_dim: expected a whole number, got '4'"):
        resolve(wrong)


def test_origins_name_where_a_value_came_from(data):
    origins = trace(read(data)).origins
    assert origins["model.encoder.embedding_dim"] == "model.embedding_dim"
    assert origins["model.encoder.cardinality"] == "schema.cardinality"
    assert origins["model.loss"] == "default"
    assert "model.encoder.activation" not in origins
    assert FakeNormSpec().dim == Inherited("embedding_dim")


@pytest.fixture
def trained(data):
    """Plain data with a trainer that runs callbacks written for "plain" and for any trainer."""
    components = [registry.register(name, cls) for name, cls in REGISTERED.items()]
    data["trainer"] = {"type": "fake_trainer", "callbacks": [{"type": "neutral"}]}
    yield data
    for each in components:
        registry.unregister(each)


def test_a_callback_of_another_trainer_is_a_fault_where_it_stands(trained):
    resolve(read(trained))
    trained["trainer"]["callbacks"].append({"type": "watch"})
    assert faults(trained) == {
        "trainer.callbacks[1]": "callback 'watch' of local is written for 'acme', and trainer "
        "'fake_trainer' of local runs callbacks of plain; choose another trainer or callback"
    }


def test_parts_beside_a_recipe_inherit_from_its_model(trained):
    del trained["data"], trained["trainer"]
    parts = {"later[0]": (PostprocessorSpec, {"type": "forgetful"})}
    assert resolve_data(trained, Reader(registry), parts).parts["later[0]"].length == 5
    trained["model"]["max_sequence_length"] = "long"
    parts["later[1]"] = (PostprocessorSpec, {"type": "forgetful", "size": 3})
    with pytest.raises(SpecError) as caught:
        resolve_data(trained, Reader(registry), parts)
    assert [f.path for f in caught.value.faults] == ["model.max_sequence_length", "later[1].size"]


@pytest.mark.parametrize("hints", [[None], ["item_id", "item_id"]])
def test_a_schema_at_fault_is_not_said_to_lack_what_parts_inherit(data, hints):
    first = data["schema"]["features"][0]
    data["schema"]["features"] = [
        {**first, "name": f"item_{i}", "hint": hint} for i, hint in enumerate(hints)
    ]
    assert list(faults(data)) == ["schema.features"]


def test_a_faulty_entry_of_an_inherited_list_is_one_fault(data):
    @spec
    class HeirSpec(EncoderSpec):
        """Inherits a list."""

        target = "math:inf"
        tags: tuple[str, ...] = inherited(help="those of the model")

    data["model"] |= {"tags": ["a", 3], "encoder": {"type": "heir"}}
    reader = Reader(registry)
    with registered("heir", HeirSpec), pytest.raises(SpecError) as caught:
        resolve_data(data, reader)
    assert [fault.path for fault in caught.value.faults] == ["model.tags[1]"]


def test_a_condition_of_a_default_that_fails_is_a_fault_of_the_part(data):
    @spec
    class HastySpec(EncoderSpec):
        """Asks for what it lacks."""

        target = "math:inf"
        loss: LossSpec | None = component(
            "local:fake_loss", when=lambda spec: spec.nothing, help="l"
        )

    data["model"]["encoder"] = {"type": "hasty"}
    with registered("hasty", HastySpec):
        assert "'nothing'" in faults(data)["model.encoder.loss"]
