"""A run goes on with the defaults that it began with."""

import json
import shutil
from pathlib import Path

import attrs
import pytest
from seqrec_tool_run.continued_recipe import continued

from seqrec_core import load, resolve
from seqrec_core.session import DEFAULT

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


def test_a_field_that_came_since_has_the_value_that_the_run_began_with(run):
    recipe = recipe_of(run)
    assert recipe.model.embedder.init == "balanced"
    goes_on = continued(recipe, run, DEFAULT)
    assert goes_on.model.embedder.init == "reference"
    embedder = attrs.evolve(goes_on.model.embedder, init="balanced")
    assert attrs.evolve(goes_on.model, embedder=embedder) == recipe.model


def test_what_the_recipe_changes_stays_changed(run):
    other = recipe_of(run, "model.dropout=0.77")
    assert continued(other, run, DEFAULT).model.dropout == 0.77
    head = recipe_of(run, "model.loss=bce")
    assert continued(head, run, DEFAULT).model.loss == head.model.loss


def test_a_new_run_and_one_of_today_are_as_the_recipe_says(run, tmp_path):
    recipe = recipe_of(run)
    assert continued(recipe, tmp_path / "none", DEFAULT) == recipe
    lock = json.loads((run / "spec.lock.json").read_text())
    lock["model"]["embedder"]["init"] = "balanced"
    lock["components"]["seqrec-embedder-sequence:sequence"]["version"] = 2
    lock.pop("digest", None)
    (run / "spec.lock.json").write_text(json.dumps(lock))
    assert continued(recipe, run, DEFAULT) == recipe
