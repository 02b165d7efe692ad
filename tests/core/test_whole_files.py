"""Files that are whole, or as they were."""

import os
import stat
from pathlib import Path

import pytest

from seqrec_core.whole_files import whole_file, write_json, write_text


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("old")
    with whole_file(file) as draft:
        draft.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_an_exception_leaves_what_was_there(tmp_path: Path) -> None:
    def fill(path: Path) -> None:
        with whole_file(path) as draft:
            draft.write_text("ne")
            raise OSError("full")

    file = tmp_path / "a.txt"
    file.write_text("old")
    with pytest.raises(OSError, match="full"):
        fill(file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("name", ["a.txt", ".a.txt.draft"])
def test_a_link_is_replaced_and_not_followed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).symlink_to(outside)
    write_text(folder / "a.txt", "new")
    assert outside.read_text() == "mine"
    assert (folder / "a.txt").read_text() == "new"
    assert not (folder / "a.txt").is_symlink()


def test_modes_are_those_of_any_new_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_json(tmp_path / "a.json", {"é": 1})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o640
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == '{\n  "é": 1\n}\n'
