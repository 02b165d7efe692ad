from pathlib import Path

import pytest

from seqrec_core.data_folder import SPLITS, DataFolder
from seqrec_core.errors import DataError, SpecError


def test_a_folder_knows_the_names_of_its_files(tmp_path):
    folder = DataFolder(tmp_path)
    files = [folder.schema, folder.items, folder.users, folder.defaults]
    files += [folder.split(name) for name in SPLITS]
    assert {file.parent for file in files} == {tmp_path}
    assert len(set(files)) == 8


def test_features_come_from_the_schema(tmp_path):
    (tmp_path / "schema.json").write_text('{"features": [{"name": "item_id"}]}')
    assert DataFolder(tmp_path).features() == [{"name": "item_id"}]


def test_a_folder_without_a_schema_says_how_to_make_one(tmp_path):
    with pytest.raises(DataError, match="make it with `seqrec data prepare`"):
        DataFolder(tmp_path).features()


def test_defaults_are_empty_where_nothing_is_said(tmp_path):
    folder = DataFolder(tmp_path)
    assert folder.spec_defaults() == {"model": {}, "data": {}, "trainer": {}}
    folder.defaults.write_text('{"model": {"max_sequence_length": 300}}')
    assert folder.spec_defaults()["model"] == {"max_sequence_length": 300}


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [('{"data": 3}', DataError, "data is 3; make it an object"), ("[", SpecError, "is not JSON")],
)
def test_damaged_defaults_are_named(tmp_path, text, error, message):
    (tmp_path / "defaults.json").write_text(text)
    with pytest.raises(error, match=message):
        DataFolder(tmp_path).spec_defaults()


def test_defaults_may_say_what_is_filtered(tmp_path):
    (tmp_path / "defaults.json").write_text('{"postprocessors": []}')
    assert DataFolder(tmp_path).spec_defaults()["postprocessors"] == []


@pytest.mark.parametrize("moved", range(4))
def test_whoever_reads_a_folder_finishes_a_preparation_that_was_cut_short(tmp_path, moved):
    names = ["items.parquet", "train.parquet", "users.parquet", "schema.json"]
    folder = DataFolder(tmp_path)
    folder.prepared.mkdir()
    for number, name in enumerate(names):
        place = tmp_path if number < moved else folder.prepared
        (place / name).write_text('{"features": ["new"]}')
        if number >= moved and name != "schema.json":
            (tmp_path / name).write_text("old")
    assert folder.features() == ["new"]
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    assert {path.read_text() for path in tmp_path.iterdir()} == {'{"features": ["new"]}'}
    assert not folder.settle()


def test_a_folder_of_two_preparations_has_no_schema(tmp_path, monkeypatch):
    folder = DataFolder(tmp_path)
    folder.prepared.mkdir()
    folder.schema.write_text("{}")
    for name in ("schema.json", "train.parquet"):
        (folder.prepared / name).write_text("{}")
    monkeypatch.setattr(Path, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        folder.settle()
    assert not folder.schema.exists()
