"""A run goes on with the defaults that it began with."""

import json
import shutil
from pathlib import Path

import attrs
import pytest
from seqrec_tool_run.continued_recipe import continued

from seqrec_core import load, resolve
from seqrec_core.session import load_raw, load_resolved

STORED = Path(__file__).parents[3] / "core" / "bundles" / "trained" / "sasrec"

pytestmark = pytest.mark.filterwarnings("ignore:.*was made with other code:RuntimeWarning")


@pytest.fixture
def run(tmp_path):
    """A run of an older version, whose embedder had no field `init`, beside its spec."""
    out = tmp_path / "run"
    out.mkdir()
    shutil.copy(STORED / "spec.lock.json", out)
    shutil.copy(STORED / "spec.json", tmp_path)
    return out


def recipe_of(run, *changes):
    return resolve(load(run.parent / "spec.json", [*changes]))


def going_on(run, recipe):
    lock = run / "spec.lock.json"
    return continued(recipe, load_resolved(lock, quietly=True).recipe, load_raw(lock))


def test_a_field_that_came_since_has_the_value_that_the_run_began_with(run):
    recipe = recipe_of(run)
    assert recipe.model.embedder.init == "balanced"
    goes_on = going_on(run, recipe)
    assert goes_on.model.embedder.init == "reference"
    embedder = attrs.evolve(goes_on.model.embedder, init="balanced")
    assert attrs.evolve(goes_on.model, embedder=embedder) == recipe.model


def test_what_the_recipe_changes_stays_changed(run):
    other = recipe_of(run, "model.dropout=0.77")
    assert going_on(run, other).model.dropout == 0.77
    head = recipe_of(run, "model.loss=bce")
    assert going_on(run, head).model.loss == head.model.loss


def test_what_the_recipe_sets_in_a_field_that_came_since_stays(run):
    other = recipe_of(run, 'model.encoder.positions=["rotary"]')
    assert going_on(run, other).model.encoder.positions == other.model.encoder.positions != ()


def test_a_run_of_today_is_as_the_recipe_says(run):
    recipe = recipe_of(run)
    lock = json.loads((run / "spec.lock.json").read_text())
    lock["model"]["embedder"]["init"] = "balanced"
    lock["components"]["seqrec-embedder-sequence:sequence"]["version"] = 2
    lock.pop("digest", None)
    (run / "spec.lock.json").write_text(json.dumps(lock))
    assert going_on(run, recipe) == recipe
