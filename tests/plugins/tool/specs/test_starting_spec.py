"""A spec to start from takes what the data folder suggests, where components can use it."""

import json
from pathlib import Path

import pytest
from memory_ring import MemoryRingSpec
from plain_trainer import PlainTrainerSpec
from seqrec_tool_specs.starting_spec import starting_spec, write_spec

from seqrec_core.errors import DataError, RegistryError, SpecError
from seqrec_core.session import load_resolved, registry

FEATURE = {
    "name": "item_id",
    "type": "categorical",
    "hint": "item_id",
    "cardinality": 9,
    "is_seq": True,
}


@pytest.fixture
def folder(tmp_path):
    """A data folder, as far as a spec reads it, with these suggestions."""

    def write(defaults=None):
        path = tmp_path / "data"
        path.mkdir()
        (path / "schema.json").write_text(json.dumps({"features": [FEATURE]}))
        if defaults is not None:
            (path / "defaults.json").write_text(json.dumps(defaults))
        return path

    return write


def test_it_resolves_and_shows_the_settings_that_people_change_most(folder, tmp_path):
    raw = starting_spec("sasrec", folder(), tmp_path)
    assert raw["seqrec"] == 2
    assert raw["schema"]["features"] == [FEATURE]
    assert {"embedding_dim", "num_heads", "num_blocks"} <= raw["model"].keys()
    assert {"type", "folder", "batch_size"} <= raw["data"].keys()
    assert {"type", "patience"} <= raw["trainer"].keys()
    write_spec(raw, tmp_path / "spec.json")
    assert load_resolved(tmp_path / "spec.json").recipe.model.embedding_dim > 0


def test_the_data_folder_is_named_as_seen_from_the_spec(folder, tmp_path):
    elsewhere = tmp_path / "specs" / "mine"
    raw = starting_spec("sasrec", folder(), elsewhere)
    assert Path(raw["data"]["folder"]) == Path("../../data")


def test_a_folder_may_say_that_nothing_is_filtered(folder, tmp_path):
    raw = starting_spec("sasrec", folder({"postprocessors": []}), tmp_path)
    write_spec(raw, tmp_path / "spec.json")
    assert load_resolved(tmp_path / "spec.json").recipe.postprocessors == ()


def test_suggestions_are_taken_in_every_section(folder, tmp_path):
    suggestions = {
        "model": {"dropout": 0.1},
        "data": {"eval_batch_size": 7},
        "trainer": {"max_epochs": 3},
    }
    raw = starting_spec("sasrec", folder(suggestions), tmp_path)
    assert raw["model"]["dropout"] == 0.1
    assert raw["data"]["eval_batch_size"] == 7
    assert raw["trainer"]["max_epochs"] == 3


def test_suggestions_for_other_components_are_left_out(folder, tmp_path):
    suggestions = {"model": {"tower_depth": 3}, "notes": "made by hand"}
    raw = starting_spec("sasrec", folder(suggestions), tmp_path)
    assert "tower_depth" not in raw["model"]
    assert "notes" not in raw


def test_a_folder_may_suggest_what_reads_it(folder, tmp_path):
    suggestions = {"data": {"type": "seqrec-datamodule-parquet:parquet", "batch_size": 7}}
    raw = starting_spec("sasrec", folder(suggestions), tmp_path)
    assert raw["data"]["type"] == "seqrec-datamodule-parquet:parquet"
    assert raw["data"]["batch_size"] == 7
    assert raw["trainer"]["type"] == "lightning"


def test_what_a_folder_suggests_has_to_be_installed(folder, tmp_path):
    with pytest.raises(RegistryError, match="comes with 'acme-arrow'"):
        starting_spec("sasrec", folder({"data": {"type": "acme-arrow:arrow"}}), tmp_path)


@pytest.fixture
def strangers():
    """A trainer and a data module that are registered for one test."""
    specs = {"plain": PlainTrainerSpec, "ring": MemoryRingSpec}
    components = [registry.register(name, cls) for name, cls in specs.items()]
    yield
    for component in components:
        registry.unregister(component)


@pytest.mark.parametrize("prefix", ["", "local:"])
def test_trainer_and_data_module_are_chosen_by_name(folder, tmp_path, strangers, prefix):
    suggestions = {"data": {"type": "acme-arrow:arrow", "users": 7}, "trainer": {"patience": 1}}
    names = {"trainer": f"{prefix}plain", "data_module": f"{prefix}ring"}
    raw = starting_spec("sasrec", folder(suggestions), tmp_path, **names)
    assert raw["data"] == {"type": f"{prefix}ring", "folder": "data", "users": 7}
    assert raw["trainer"] == {"type": f"{prefix}plain"}
    write_spec(raw, tmp_path / "spec.json")
    recipe = load_resolved(tmp_path / "spec.json").recipe
    assert (type(recipe.data), type(recipe.trainer)) == (MemoryRingSpec, PlainTrainerSpec)


@pytest.mark.parametrize("option", ["trainer", "data_module"])
def test_a_name_that_nobody_has_gets_the_error_of_the_registry(folder, tmp_path, option):
    with pytest.raises(RegistryError, match="lightening"):
        starting_spec("sasrec", folder(), tmp_path, **{option: "lightening"})


@pytest.mark.parametrize(
    ("suggestions", "words"),
    [
        ({"model": [1]}, r"defaults\.json: model is \[1\]; make it an object"),
        ([1], r"defaults\.json"),
    ],
)
def test_suggestions_that_are_none_are_named(folder, tmp_path, suggestions, words):
    with pytest.raises((DataError, SpecError), match=words):
        starting_spec("sasrec", folder(suggestions), tmp_path)


def test_a_folder_without_a_schema_is_no_data_folder(tmp_path):
    with pytest.raises(DataError, match=r"has no schema\.json; make it with `seqrec data prepare`"):
        starting_spec("sasrec", tmp_path, tmp_path)


def test_a_spec_with_faults_is_not_written_and_leaves_the_old_one(folder, tmp_path):
    out = tmp_path / "out" / "spec.json"
    raw = starting_spec("sasrec", folder({"model": {"dropout": 7}}), out.parent)
    with pytest.raises(SpecError, match=r"model\.dropout"):
        write_spec(raw, out)
    assert not list(out.parent.iterdir())
    out.write_text("old")
    with pytest.raises(SpecError, match=r"model\.dropout"):
        write_spec(raw, out)
    assert [path.read_text() for path in out.parent.iterdir()] == ["old"]
