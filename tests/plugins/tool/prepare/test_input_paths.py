"""Files are named one by one or by patterns."""

import pytest
from seqrec_tool_prepare.input_paths import input_paths

from seqrec_core.errors import DataError


def test_patterns_give_names_in_order_and_what_exists_is_none(tmp_path, monkeypatch):
    for name in ("b.csv", "a.csv", "c[1].csv"):
        (tmp_path / name).touch()
    monkeypatch.setenv("LOGS", str(tmp_path))
    assert [path.name for path in input_paths("${LOGS}/[ab].csv")] == ["a.csv", "b.csv"]
    assert input_paths(tmp_path / "c[1].csv") == [tmp_path / "c[1].csv"]
    names = [str(tmp_path / "b.csv"), tmp_path / "a.csv"]
    assert [path.name for path in input_paths(names)] == ["b.csv", "a.csv"]
    assert input_paths((tmp_path / "a.csv").as_uri()) == [tmp_path / "a.csv"]
    pattern = f"file://{tmp_path}/[ab].csv"
    assert [path.name for path in input_paths(pattern)] == ["a.csv", "b.csv"]


def test_files_that_are_none_or_stand_twice_are_refused(tmp_path):
    (tmp_path / "a.csv").touch()
    with pytest.raises(DataError, match=r"x\*\.csv: no file has a name of this pattern"):
        input_paths(tmp_path / "x*.csv")
    with pytest.raises(DataError, match=r"a\.csv: named twice"):
        input_paths([tmp_path / "a.csv", tmp_path / "*.csv"])
    with pytest.raises(DataError, match=r"memory://no/.*: no file has a name of this pattern"):
        input_paths("memory://no/*.csv")
    (tmp_path / "link.csv").hardlink_to(tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"link\.csv: named twice"):
        input_paths(tmp_path / "*.csv")
    for files in ([], ""):
        with pytest.raises(DataError, match="no file is named"):
            input_paths(files)


def test_a_pattern_gives_files_and_folders_only_where_it_gives_no_file(tmp_path):
    for name in ("day=1", "day=2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").touch()
    expected = [tmp_path / "day=1" / "a.csv", tmp_path / "day=2" / "a.csv"]
    assert input_paths(tmp_path / "day=*") == input_paths(tmp_path / "**") == expected
