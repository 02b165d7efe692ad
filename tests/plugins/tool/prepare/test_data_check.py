"""The command `data check`: a table or JSON, and an exit code."""

import json

import pytest
from damaged_data import FEATURES, Damage, first
from typer.testing import CliRunner

from seqrec_core.cli import app
from seqrec_core.errors import DataError


@pytest.fixture
def folder(tmp_path):
    def written(change=lambda tables: None):
        Damage("", "", "", "", None, change).write(tmp_path / "data")
        return tmp_path / "data"

    return written


def run(*arguments):
    result = CliRunner().invoke(app, ["data", "check", *map(str, arguments)])
    if not isinstance(result.exception, DataError | SystemExit | None):
        raise result.exception
    return result.output, str(result.exception or "")


def test_a_good_folder_is_said_to_be_one(folder):
    path = folder()
    assert run(path) == (f"{path}: 0 errors, 0 notices\n", "")


def test_errors_stand_in_a_table_and_end_the_command(folder):
    path = folder(first("train", "item_id", 7, 99))
    said, error = run(path)
    assert "train.parquet   item_id   row 7" in said
    assert error == f"{path} has 1 error, 0 notices; mend the errors before you trust a run on it"


def test_notices_alone_are_no_error_and_json_can_be_read(folder):
    path = folder(lambda tables: tables.pop("predict"))
    said, error = run(path, "--json")
    (finding,) = json.loads(said)
    assert (finding["severity"], finding["file"], error) == ("notice", "predict.parquet", "")


def test_a_spec_says_by_which_schema(folder, tmp_path):
    path = folder()
    fewer = [{**FEATURES[0], "cardinality": 28}, *FEATURES[1:]]
    spec = {"schema": {"features": fewer}, "model": {"type": "sasrec"}}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    said, error = run(path, "--spec", tmp_path / "spec.json", "--json")
    assert "30 rows, 2 more than the 28 ids" in said
    assert error


def test_a_folder_that_is_not_there_or_has_no_schema_is_named(tmp_path):
    assert "is no folder; name one" in run(tmp_path / "absent")[1]
    assert "has no schema.json" in run(tmp_path)[1]
