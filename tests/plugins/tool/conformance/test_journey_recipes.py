"""Small recipes that resolve, and a place in them for a component."""

import pytest
from seqrec_tool_conformance.batches import SCHEMA
from seqrec_tool_conformance.folder import data_folder
from seqrec_tool_conformance.journey_recipes import placed, sasrec_recipe, two_tower_recipe

from seqrec_core.session import dump, load_resolved
from seqrec_core.spec import SchemaSpec


@pytest.mark.parametrize("recipe", [sasrec_recipe, two_tower_recipe])
def test_a_recipe_resolves_with_schema_and_data_folder(recipe):
    raw = placed(recipe(), "data.folder", str(data_folder()))
    resolved = load_resolved({**raw, "schema": dump(SchemaSpec.of(SCHEMA))}).recipe
    assert resolved.model.embedding_dim == 8


def test_a_value_is_placed_where_the_path_says_and_the_recipe_stays():
    recipe = {"model": {"type": "m"}, "seed": 1}
    assert placed(recipe, "model.loss", "ce") == {"model": {"type": "m", "loss": "ce"}, "seed": 1}
    assert placed(recipe, "trainer.callbacks[0]", "c")["trainer"] == {"callbacks": ["c"]}
    assert placed(recipe, "model", "other") == {"model": "other", "seed": 1}
    assert recipe == {"model": {"type": "m"}, "seed": 1}
