"""A result in parts: whole, or as it was, in a folder and in a store."""

import json
import os
import pickle

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from s3_server import running_s3
from seqrec_tool_run.result_parts import MARKER, begun, part_name

from seqrec_core.errors import SeqrecError


@pytest.fixture(scope="module")
def store():
    """An empty bucket of an object store on loopback."""
    with running_s3() as variables, pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        system = fsspec.filesystem("s3")
        system.mkdir("shop")
        yield system
        system.clear_instance_cache()


def write(parts, number, rows):
    name = part_name(number)
    with pickle.loads(pickle.dumps(parts)).written(name) as path:
        pq.write_table(pa.table({"row": rows}), path)
    return name


def interrupted(place):
    with begun(place) as parts:
        write(parts, 0, [7])
        raise KeyboardInterrupt


def listed(place, system=None):
    if system is None:
        return sorted(path.name for path in place.parent.iterdir()), sorted(os.listdir(place))
    system.invalidate_cache()
    names = [path.removeprefix(f"{place}/") for path in system.find(place)]
    return sorted(names)


def test_a_folder_holds_the_parts_that_were_answered(tmp_path):
    out = tmp_path / "deep" / "top"
    with begun(out) as parts:
        names = [write(parts, 0, [1, 2])]
        write(parts, 1, [3])
        names.append(write(parts, 1, [3]))
        assert not out.exists()
        parts.commit(names, 3)
        with parts.opened(names[1]) as source:
            assert pq.read_table(source)["row"].to_pylist() == [3]
    assert pq.read_table(out)["row"].to_pylist() == [1, 2, 3]
    assert json.loads((out / MARKER).read_text()) == {"rows": 3, "parts": names}
    assert listed(out) == (["top"], [MARKER, *names])
    with begun(out) as parts:
        parts.commit([write(parts, 0, [9])], 1)
    assert pq.read_table(out)["row"].to_pylist() == [9]
    assert os.listdir(out.parent) == ["top"]


def test_what_fails_leaves_everything_as_it_was(tmp_path):
    out = tmp_path / "top"
    for before in ([], [".", "top"]):
        with pytest.raises(KeyboardInterrupt):
            interrupted(out)
        assert os.listdir(tmp_path) == before[1:]
        with begun(out) as parts:
            parts.commit([write(parts, 0, [1])], 1)
    assert pq.read_table(out)["row"].to_pylist() == [1]


def test_what_a_killed_process_left_is_settled(tmp_path):
    out = tmp_path / "top"
    with begun(out) as parts:
        parts.commit([write(parts, 0, [1])], 1)
    out.rename(tmp_path / ".top.replaced")  # between the two renames of a commit
    (tmp_path / ".top.unfinished").mkdir()
    (tmp_path / ".top.unfinished" / "part-000000-x.parquet").touch()
    with pytest.raises(KeyboardInterrupt):
        interrupted(out)
    assert os.listdir(tmp_path) == ["top"]
    assert pq.read_table(out)["row"].to_pylist() == [1]


def test_two_commands_do_not_write_to_one_place(tmp_path):
    out = tmp_path / "top"
    with begun(out) as parts:
        name = write(parts, 0, [1])
        with pytest.raises(SeqrecError, match="another process writes to"), begun(out):
            pass
        parts.commit([name], 1)
    assert pq.read_table(out)["row"].to_pylist() == [1]


def test_parts_that_this_machine_does_not_see_are_missed(tmp_path):
    with (
        pytest.raises(SeqrecError, match="must be on a disk that all machines see"),
        begun(tmp_path / "top") as parts,
    ):
        parts.commit([part_name(0)], 1)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", "part-1.parquet", ".hidden"])
def test_a_folder_with_other_things_is_left_alone(tmp_path, name):
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / name).touch()
    with pytest.raises(SeqrecError, match="which is no part of an earlier result"):
        begun(tmp_path / "top").__enter__()
    assert listed(tmp_path / "top") == (["top"], [name])


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "top").mkdir()
    with begun(str(tmp_path / "top")) as parts:
        parts.commit([write(parts, 0, [1])], 1)
    assert pq.read_table(tmp_path / "top").num_rows == 1


@pytest.mark.slow
def test_a_store_holds_the_parts_that_were_answered(store):
    uri, place = "s3://shop/results/top", "shop/results/top"
    with begun(uri) as parts:
        names = [write(parts, 0, [1, 2]), write(parts, 1, [3])]
        write(parts, 1, [3])
        assert all(name.startswith("_unfinished-") for name in listed(place, store))
        parts.commit(names, 3)
        with parts.opened(names[0]) as source:
            assert pq.read_table(source)["row"].to_pylist() == [1, 2]
    assert listed(place, store) == [MARKER, *names]
    assert json.loads(store.cat(f"{place}/{MARKER}")) == {"rows": 3, "parts": names}
    with pytest.raises(KeyboardInterrupt):
        interrupted(uri)
    assert listed(place, store) == [MARKER, *names]
    store.touch(f"{place}/_unfinished-old/part-000000-x.parquet")  # of a process that was killed
    with begun(uri) as parts:
        again = [write(parts, 0, [9])]
        parts.commit(again, 1)
    assert listed(place, store) == [MARKER, *again]


@pytest.mark.slow
def test_other_things_in_a_store_are_left_alone(store):
    store.touch("shop/mine/notes.txt")
    for uri, said in (
        ("s3://shop/mine", "'notes.txt', which"),
        ("s3://shop/mine/notes.txt", "a file"),
    ):
        with pytest.raises(SeqrecError, match=said):
            begun(uri).__enter__()
    assert listed("shop/mine", store) == ["notes.txt"]
