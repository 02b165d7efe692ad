"""The recipe of a run for more items: what was taken from the schema is taken from the new one."""

import json
import shutil

import pytest
from seqrec_tool_update.grown_recipe import grown_recipe

from seqrec_core.errors import DataError
from seqrec_core.session import DEFAULT


def test_the_number_of_items_grows_and_nothing_else(days):
    before, recipe = grown_recipe(days / "run", days / "day2", ["model.dropout=0.25"], DEFAULT)
    assert before.schema.offers()["cardinality"] == 10
    assert recipe.schema.offers()["cardinality"] == recipe.schema.offers()["padding_value"] == 13
    assert recipe.model.dropout == 0.25
    assert recipe.data.folder == str((days / "day2").resolve())
    assert recipe.model == before.model


@pytest.mark.parametrize(("change", "said"), [("hint", "no feature 'item_id'"), ("more", None)])
def test_features_that_the_run_reads_must_be_there(days, tmp_path, change, said):
    shutil.copytree(days / "day2", tmp_path / "day2")
    path = tmp_path / "day2" / "schema.json"
    schema = json.loads(path.read_text())
    if change == "hint":
        schema["features"][0]["name"] = "other"
    else:
        schema["features"].append({"name": "price", "type": "numerical"})
    path.write_text(json.dumps(schema))
    if said is None:
        grown_recipe(days / "run", tmp_path / "day2", [], DEFAULT)
        return
    with pytest.raises(DataError, match=said):
        grown_recipe(days / "run", tmp_path / "day2", [], DEFAULT)
