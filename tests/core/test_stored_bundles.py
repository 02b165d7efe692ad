"""Bundles written long ago, see bundles/README.md, and components that have changed since."""

import json
import shutil
import warnings
from pathlib import Path

import pytest
import torch
from seqrec_aged import LossOfToday, ModelOfToday

from seqrec_core import Bundle, load, registry, resolve
from seqrec_core.errors import SpecError
from seqrec_core.spec import spec

STORED = Path(__file__).parent / "bundles"


@pytest.fixture
def install():
    """Registers the aged model and loss in some version."""
    components = []

    def register(model=ModelOfToday, loss=LossOfToday):
        components.append(registry.register("aged_model", model))
        components.append(registry.register("aged_loss", loss))

    yield register
    for component in components:
        registry.unregister(component)


def open_bundle(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # its plugins have other code today
        return Bundle.load(STORED / name)


def as_of(cls, version, migrations=None):
    """A component at another version than today's."""
    settings = {"version": version, "target": cls.target, "__doc__": cls.__doc__}
    if migrations is not None:
        settings["migrations"] = migrations
    return spec(type(cls.__name__, (cls,), settings))


@pytest.mark.parametrize("name", ["sasrec", "aged"])
def test_an_old_bundle_gives_the_logits_that_it_gave(install, name):
    install()
    stored = json.loads((STORED / name / "logits.json").read_text())
    items = torch.tensor(stored["item_id"])
    with torch.no_grad():
        found = open_bundle(name).model({"item_id": items}, items != 5)["logits"]
    torch.testing.assert_close(found, torch.tensor(stored["logits"]), rtol=1e-5, atol=1e-5)


def test_each_component_migrates_from_the_version_that_the_lock_says(install):
    install()
    model = open_bundle("aged").recipe.model
    assert (model.width, model.factor) == (4, 2.0)
    assert model.loss == LossOfToday(smoothing=0.1)
    assert resolve(load(STORED / "aged" / "spec.lock.json")).model == model


def test_changes_to_an_old_lock_speak_of_the_installed_components(install, tmp_path):
    install()
    lock = STORED / "aged" / "spec.lock.json"
    child = tmp_path / "child.json"
    child.write_text(json.dumps({"extends": str(lock), "model": {"factor": 3.0}}))
    assert load(lock, ["model.factor=3.0"]).model.factor == 3.0
    assert load(child).model.factor == 3.0
    with pytest.raises(SpecError, match="unknown key"):
        load(lock, ["model.scale=3.0"])


def test_a_part_that_came_later_is_not_taken_for_an_old_one(install):
    install()
    assert open_bundle("aged").recipe.model.second_loss == LossOfToday(smoothing=0.2)


def test_what_was_migrated_is_written_with_todays_versions(install, tmp_path):
    install()
    old = open_bundle("aged")
    again = Bundle.write(tmp_path, old.model, old.recipe)
    assert json.loads((tmp_path / "spec.lock.json").read_text())["components"] == {
        "local:aged_loss": {"version": 2, "distribution": "0"},
        "local:aged_model": {"version": 3, "distribution": "0"},
    }
    assert Bundle.load(again.path).recipe == old.recipe


def test_a_missing_migration_names_the_gap(install):
    install(as_of(ModelOfToday, 3, {1: ModelOfToday.migrations[1]}))
    with pytest.raises(SpecError) as caught:
        _ = open_bundle("aged").recipe
    assert str(caught.value) == (
        "model: written by version 1 of local:aged_model; installed is version 3, whose "
        "migration from 2 to 3 is missing: install the version of local that wrote it"
    )


def test_a_migration_that_fails_is_told_with_its_cause(install):
    install(as_of(ModelOfToday, 2, {1: lambda raw: {"width": raw["wide"]}}))
    with pytest.raises(SpecError, match=r"^model: .* from 1 to 2 failed with KeyError\('wide'\)"):
        _ = open_bundle("aged").recipe


def test_a_bundle_of_a_newer_component_says_what_to_upgrade(install):
    install(loss=as_of(LossOfToday, 0))
    with pytest.raises(SpecError) as caught:
        _ = open_bundle("aged").recipe
    told = "written by version 1 of local:aged_loss; installed is version 0: upgrade local"
    assert str(caught.value) == f"model.loss: {told}"


def test_a_lock_that_is_cut_short_is_named(tmp_path):
    shutil.copytree(STORED / "aged", tmp_path / "cut")
    lock = tmp_path / "cut" / "spec.lock.json"
    lock.write_text(lock.read_text()[:100])
    with pytest.raises(SpecError, match=r"spec\.lock\.json: is not JSON"):
        Bundle.load(tmp_path / "cut")
