"""The component under test, in the recipe that gives it its inherited values."""

import pytest
import torch
from seqrec_mutants import specs
from seqrec_tool_conformance.batches import DIM, V
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_conformance.subject import Subject, specs_in, without_dropout

from seqrec_core.session import registry

ENCODER = specs.of(specs.Encoder, "encoders:Healthy")


def test_inherited_fields_come_from_the_host():
    spec = Subject(ENCODER).spec
    assert isinstance(spec, ENCODER)
    assert (spec.embedding_dim, spec.dropout) == (DIM, 0.2)


def test_settings_go_over_what_the_host_offers():
    assert Subject(ENCODER, {"dropout": 0.5}).spec.dropout == 0.5


def test_the_session_s_registry_stays_as_it_is():
    before = [component.canonical for component in registry]
    subject = Subject(ENCODER)
    assert subject.component.canonical == "local:subject"
    assert [component.canonical for component in registry] == before


def test_one_seed_gives_one_object_and_the_global_random_state_stays():
    subject, state = Subject(ENCODER), torch.get_rng_state()
    one, same, other = (subject.build(seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one.mix.weight, same.mix.weight)
    assert not torch.equal(one.mix.weight, other.mix.weight)


def test_without_dropout_every_dropout_is_zero_in_parts_too():
    subject = Subject(ENCODER)
    assert subject.build().dropout.p == 0.2
    assert subject.build(dropout=False).dropout.p == 0
    host = subject.recipe.model
    plain = without_dropout(host)
    assert (plain.dropout, plain.part.dropout, plain.num_heads) == (0, 0, host.num_heads)
    assert host.part.dropout == 0.2


def test_specs_in_a_value_are_itself_and_its_parts():
    host = Subject(ENCODER).recipe.model
    assert list(specs_in({"a": (host,), "b": 3})) == [host, host.part]


@pytest.mark.parametrize(
    ("base", "target", "place"),
    [
        (specs.Model, "models:Healthy", "model"),
        (specs.Data, "datamodules:Healthy", "data"),
        (specs.Trainer, "trainers:Healthy", "trainer"),
    ],
)
def test_whole_sections_of_a_recipe_stand_where_they_belong(base, target, place):
    subject = Subject(specs.of(base, target))
    assert getattr(subject.recipe, place) == subject.spec


def test_a_data_module_reads_the_data_folder_and_has_transforms():
    data = Subject(specs.of(specs.Data, "datamodules:Healthy"))
    assert data.spec.folder == str(data_folder())
    assert [type(step).__name__ for step in data.build().transforms["predict"]] == [
        "RenameTransform",
        "GroupTransform",
    ]


def test_the_size_of_the_catalogue_can_be_chosen():
    embedder = specs.of(specs.Embedder, "embedders:Healthy")
    assert len(Subject(embedder, {"cardinality": 9}).build().table.weight) == 10
    model = specs.of(specs.Model, "models:Healthy")
    assert len(Subject(model).build().table.weight) == V + 1
    assert len(Subject(model, items=5).build().table.weight) == 6
