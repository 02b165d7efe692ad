"""`seqrec init` takes what the data folder suggests, where the components can use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seqrec_core.cli import app

SCHEMA = {
    "features": [
        {
            "name": "item_id",
            "type": "categorical",
            "hint": "item_id",
            "cardinality": 9,
            "is_seq": True,
        }
    ]
}


@pytest.fixture
def init(tmp_path):
    """Runs the command on a folder with the given defaults."""

    def run(defaults: object):
        (tmp_path / "schema.json").write_text(json.dumps(SCHEMA))
        (tmp_path / "defaults.json").write_text(json.dumps(defaults))
        out = tmp_path / "spec.json"
        return CliRunner().invoke(
            app, ["init", "sasrec", "--data", str(tmp_path), "--out", str(out)]
        ), out

    return run


def test_suggestions_are_taken_in_every_section(init):
    result, out = init(
        {"model": {"dropout": 0.1}, "data": {"eval_batch_size": 7}, "trainer": {"max_epochs": 3}}
    )
    assert result.exit_code == 0, result.output
    spec = json.loads(out.read_text())
    assert spec["model"]["dropout"] == 0.1
    assert spec["data"]["eval_batch_size"] == 7
    assert spec["trainer"]["max_epochs"] == 3


def test_suggestions_for_other_components_are_left_out(init):
    result, out = init({"model": {"tower_depth": 3}, "notes": "made by hand"})
    assert result.exit_code == 0, result.output
    assert "tower_depth" not in json.loads(out.read_text())["model"]


@pytest.mark.parametrize(
    ("defaults", "told"),
    [
        ({"model": [1]}, "defaults.json: model is [1]; make it an object"),
        ([1], "defaults.json"),
        ({"model": {"dropout": 7}}, "model.dropout"),
    ],
)
def test_wrong_suggestions_are_named_and_nothing_is_written(init, defaults, told):
    result, out = init(defaults)
    assert result.exit_code != 0
    assert told in f"{result.output}{result.exception}"
    assert not Path(out).exists()
