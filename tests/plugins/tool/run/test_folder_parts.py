"""A result in parts in a folder: whole, or as it was, whatever is killed or put there meanwhile."""

import json
import os
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from seqrec_tool_run import folder_parts
from seqrec_tool_run.folder_parts import begun_folder
from seqrec_tool_run.part_names import MARKER, part_name

from seqrec_core.errors import SeqrecError


def write(parts, number, rows):
    name = part_name(number)
    with pickle.loads(pickle.dumps(parts)).written(name) as path:
        pq.write_table(pa.table({"row": rows}), path)
    return name


def predict(out, row):
    """A whole result of one row."""
    with begun_folder(out) as parts:
        name = write(parts, 0, [row])
        parts.commit([name], 1)
    return name


def interrupted(out):
    with begun_folder(out) as parts:
        write(parts, 0, [7])
        raise KeyboardInterrupt


def rows(out):
    return pq.read_table(out)["row"].to_pylist()


def test_a_folder_holds_the_parts_that_were_answered(tmp_path):
    out = tmp_path / "deep" / "top"
    with begun_folder(out) as parts:
        names = [write(parts, 0, [1, 2])]
        write(parts, 1, [3])
        names.append(write(parts, 1, [3]))
        assert not out.exists()
        with parts.opened(names[1]) as source:
            assert rows(source) == [3]
        parts.commit(names, 3)
    assert rows(out) == [1, 2, 3]
    assert json.loads((out / MARKER).read_text()) == {"rows": 3, "parts": names}
    assert sorted(os.listdir(out)) == [MARKER, *names]
    predict(out, 9)
    assert rows(out) == [9]
    assert os.listdir(out.parent) == ["top"]


def test_what_fails_leaves_everything_as_it_was(tmp_path):
    out = tmp_path / "top"
    for before in ([], ["top"]):
        with pytest.raises(KeyboardInterrupt):
            interrupted(out)
        assert os.listdir(tmp_path) == before
        predict(out, 1)
    assert rows(out) == [1]


@pytest.mark.parametrize("is_in_place", [False, True])
def test_what_a_killed_process_left_is_settled(tmp_path, is_in_place):
    out, unfinished = tmp_path / "top", tmp_path / ".top.unfinished"
    predict(out, 1)
    out.rename(tmp_path / ".top.replaced")  # between the two renames of a commit
    if is_in_place:
        predict(tmp_path / "new", 2)
        (tmp_path / "new").rename(out)
    else:
        out.mkdir()
    (unfinished / "whole").mkdir(parents=True)
    (unfinished / "whole" / f".{MARKER}.draft").touch()
    (unfinished / part_name(0)).touch()
    (unfinished / f".{part_name(1)}.draft").touch()
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert os.listdir(tmp_path) == ["top"]
    assert rows(out) == [2 if is_in_place else 1]


@pytest.mark.parametrize("folder", [".top.unfinished", ".top.replaced", "top"])
@pytest.mark.parametrize("name", ["notes.txt", "part-1.parquet", ".hidden"])
def test_a_folder_with_other_things_is_left_alone(tmp_path, folder, name):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / name).touch()
    with pytest.raises(SeqrecError, match="which is no part of an earlier result"):
        predict(tmp_path / "top", 1)
    assert os.listdir(tmp_path) == [folder]
    assert os.listdir(tmp_path / folder) == [name]


def test_leftovers_are_not_settled_while_another_command_writes(tmp_path):
    out = tmp_path / "top"
    with begun_folder(out) as parts:
        name = write(parts, 0, [1])
        (tmp_path / ".top.replaced").mkdir()
        with pytest.raises(SeqrecError, match="another process writes to"):
            begun_folder(out).__enter__()
        assert (tmp_path / ".top.replaced").is_dir()
        assert not out.exists()
        (tmp_path / ".top.replaced").rmdir()
        parts.commit([name], 1)
    assert rows(out) == [1]


def test_what_others_put_there_meanwhile_is_kept_and_so_is_the_result(tmp_path):
    out = tmp_path / "top"
    name = predict(out, 1)
    with begun_folder(out) as parts:
        again = write(parts, 0, [2])
        (out / "mine.txt").write_text("mine")
        with pytest.raises(
            SeqrecError, match=r"'mine.txt'.* is as it was, and .* whole in"
        ) as said:
            parts.commit([again], 1)
    assert sorted(os.listdir(out)) == sorted([MARKER, "mine.txt", name])
    kept = Path(str(said.value).split(" in ")[-1])
    assert rows(kept) == [2]
    assert (kept / MARKER).is_file()
    assert sorted(os.listdir(tmp_path)) == sorted(["top", kept.name])


def test_a_file_that_comes_between_two_looks_is_put_back(tmp_path, monkeypatch):
    out = tmp_path / "top"
    predict(out, 1)
    looked = []

    def check(place):
        looked.append(place)
        if len(looked) == 2:
            (place / "late.txt").touch()

    monkeypatch.setattr(folder_parts, "_check_free", check)
    with pytest.raises(SeqrecError, match=r"'late.txt'.* is as it was"):
        predict(out, 2)
    assert (out / "late.txt").is_file()
    assert not (tmp_path / ".top.replaced").exists()


@pytest.mark.parametrize("fault", [OSError(16, "Device or resource busy"), KeyboardInterrupt()])
def test_a_result_that_cannot_be_put_in_place_leaves_the_earlier_one(tmp_path, monkeypatch, fault):
    out, rename = tmp_path / "top", Path.rename
    predict(out, 1)

    def fails(path, target):
        if path.name == "whole" and target == out:
            raise fault
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fails)
    is_error = isinstance(fault, OSError)
    with pytest.raises(SeqrecError if is_error else KeyboardInterrupt):
        predict(out, 2)
    assert rows(out) == [1]
    assert [rows(path) for path in tmp_path.glob("top.kept-*")] == [[2]] * is_error
    assert not [*tmp_path.glob(".top.*")]


def test_drafts_of_stragglers_are_no_part_of_the_result(tmp_path, monkeypatch):
    out = tmp_path / "top"
    with begun_folder(out) as parts:
        name, late = write(parts, 0, [1]), write(parts, 0, [1])
        draft = parts.unfinished / f".{part_name(0)}.draft"

        def check(place):  # while the commit is under way
            (parts.unfinished / late).rename(parts.unfinished / part_name(0))
            draft.touch()

        monkeypatch.setattr(folder_parts, "_check_free", check)
        parts.commit([name], 1)
    assert sorted(os.listdir(out)) == [MARKER, name]
    assert os.listdir(tmp_path) == ["top"]


def test_parts_that_this_machine_does_not_see_are_missed(tmp_path):
    for ask in (lambda parts: parts.commit([part_name(0)], 1), lambda parts: parts.opened("a")):
        with (
            pytest.raises(SeqrecError, match="must be on a disk that all machines see"),
            begun_folder(tmp_path / "top") as parts,
            ask(parts),
        ):
            pass
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("is_there", [False, True])
def test_a_link_stays_and_its_folder_gets_the_result(tmp_path, is_there):
    target, link = tmp_path / "disk" / "real", tmp_path / "top"
    link.symlink_to(target)
    if is_there:
        target.mkdir(parents=True)
    for row in (1, 2):
        predict(link, row)
        assert link.is_symlink()
        assert rows(target) == [row]
    assert os.listdir(target.parent) == ["real"]


def test_a_mount_point_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    (tmp_path / "top").mkdir()
    is_mount = os.path.ismount
    ours = tmp_path / "top"
    monkeypatch.setattr(os.path, "ismount", lambda path: Path(path) == ours or is_mount(path))
    with pytest.raises(SeqrecError, match=r"is a mount point, .* name a folder in it"):
        predict(tmp_path / "top", 1)
    assert os.listdir(tmp_path) == ["top"]
    predict(tmp_path / "top" / "top", 1)
    with pytest.raises(SeqrecError, match="/ is a mount point"):
        begun_folder(Path("/")).__enter__()
