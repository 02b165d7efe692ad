"""A result in parts in a store: commands at the same time, lost stores, things of others."""

import json
import pickle
import re
from datetime import UTC, datetime, timedelta

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from s3_server import running_s3
from seqrec_tool_run import store_parts
from seqrec_tool_run.part_names import MARKER, part_name
from seqrec_tool_run.store_parts import begun_store

from seqrec_core.errors import DataError, SeqrecError

OLD = f"_unfinished-{'0' * 32}"


@pytest.fixture
def store(tmp_path):
    """An empty place of a store in memory: its URI, and what looks into it."""
    yield f"memory:/{tmp_path}/top", fsspec.filesystem("memory")
    fsspec.filesystem("memory").store.clear()


@pytest.fixture(scope="module")
def bucket():
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


def predict(uri, row):
    with begun_store(uri) as parts:
        name = write(parts, 0, [row])
        parts.commit([name], 1)
    return name


def interrupted(uri):
    with begun_store(uri) as parts:
        write(parts, 0, [7])
        raise KeyboardInterrupt


def listed(uri, system):
    system.invalidate_cache()
    root = system._strip_protocol(uri)
    names = system.find(root) if system.exists(root) else []
    return sorted(name.removeprefix(f"{root}/") for name in names)


def assert_whole(uri, system, names):
    """Nothing but these parts is there, as the marker says, with what they were written with."""
    assert listed(uri, system) == [MARKER, *sorted(names)]
    root = system._strip_protocol(uri)
    assert json.loads(system.cat(f"{root}/{MARKER}"))["parts"] == [*names]
    assert all(pq.read_table(f"{root}/{name}", filesystem=system).num_rows for name in names)


def test_two_commands_leave_each_other_alone_and_the_last_has_its_result_there(store):
    uri, system = store
    earlier = predict(uri, 0)
    with begun_store(uri) as first:
        one = write(first, 0, [1])
        with begun_store(uri) as second:
            two = write(second, 0, [2])
            with pytest.raises(KeyboardInterrupt):
                interrupted(uri)
            assert f"{first.draft}/{one}" in listed(uri, system)
            assert earlier in listed(uri, system)
            second.commit([two], 1)
        assert f"{first.draft}/{one}" in listed(uri, system)
        first.commit([one], 1)
    assert_whole(uri, system, [one])


@pytest.mark.parametrize("step", range(1, 10))
def test_commands_that_end_at_the_same_time_come_to_terms(store, monkeypatch, step):
    """The second commits as a whole between any two requests of the first."""
    uri, system = store
    predict(uri, 0)
    with begun_store(uri) as first, begun_store(uri) as second:
        one, two = write(first, 0, [1]), write(second, 0, [2])
        steps, requests = [], store_parts.patiently

        def counted(place, attempt):
            steps.append(place)
            if len(steps) == step:
                second.commit([two], 1)
            return requests(place, attempt)

        monkeypatch.setattr(store_parts, "patiently", counted)
        monkeypatch.setattr("seqrec_core.remote_store.patiently", counted)
        first.commit([one], 1)
        monkeypatch.undo()
    marker = json.loads(system.cat(f"{system._strip_protocol(uri)}/{MARKER}"))
    assert_whole(uri, system, marker["parts"])
    assert len(steps) >= step


@pytest.mark.parametrize("lost", ["copy", "put_file"])
@pytest.mark.parametrize("fault", [PermissionError("no right"), KeyboardInterrupt()])
def test_a_store_that_is_lost_keeps_the_earlier_result(store, monkeypatch, lost, fault):
    uri, system = store
    earlier = predict(uri, 1)

    def fails(*_, **__):
        raise fault

    with begun_store(uri) as parts:
        name = write(parts, 0, [2])
        monkeypatch.setattr(type(system), lost, fails)
        with pytest.raises((DataError, KeyboardInterrupt)) as said:
            parts.commit([name], 1)
        monkeypatch.undo()
    is_error = isinstance(said.value, DataError)
    kept = [f"{parts.draft}/{name}"] * is_error
    unlisted = [name] * (lost == "put_file")  # the request for the marker may yet come through
    assert listed(uri, system) == sorted([MARKER, earlier, *kept, *unlisted])
    marker = json.loads(system.cat(f"{system._strip_protocol(uri)}/{MARKER}"))
    assert marker["parts"] == [earlier]
    if is_error:
        expected = "is as it was" if lost == "copy" else "has a whole result in the parts that"
        assert re.search(
            rf"no right; .*{expected}.*kept for 24 hours in {parts.draft}", str(said.value)
        )
    last = predict(uri, 3)
    assert listed(uri, system) == sorted([MARKER, last, *kept])


def test_ctrl_c_after_the_marker_comes_too_late(store, monkeypatch):
    uri, system = store
    predict(uri, 1)
    remove, calls = store_parts._remove_others, []

    def stopped(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remove(*arguments)

    with begun_store(uri) as parts:
        name = write(parts, 0, [2])
        monkeypatch.setattr(store_parts, "_remove_others", stopped)
        parts.commit([name], 1)
    assert_whole(uri, system, [name])


@pytest.mark.parametrize("name", ["notes.txt", "sub/part.parquet", "_unfinished-mine/a.parquet"])
def test_what_others_put_there_meanwhile_is_kept(store, name):
    uri, system = store
    earlier = predict(uri, 1)
    with begun_store(uri) as parts:
        again = write(parts, 0, [2])
        system.pipe(f"{uri}/{name}", b"mine")
        with pytest.raises(DataError, match=f"{name}.* is as it was, and .* {parts.draft}"):
            parts.commit([again], 1)
    expected = [MARKER, earlier, name, f"{parts.draft}/{again}"]
    assert listed(uri, system) == sorted(expected)
    with pytest.raises(SeqrecError, match="which is no part of an earlier result"):
        predict(uri, 3)
    assert listed(uri, system) == sorted(expected)


def test_a_draft_that_lost_a_part_replaces_nothing(store):
    uri, system = store
    earlier = predict(uri, 1)
    with begun_store(uri) as parts:
        name = write(parts, 0, [2])
        with pytest.raises(DataError, match=r"which a process wrote: .* is as it was"):
            parts.commit([name, part_name(1)], 2)
    assert listed(uri, system) == sorted([MARKER, earlier, f"{parts.draft}/{name}"])


def test_drafts_of_the_last_day_are_left_and_told_of(store, capsys):
    uri, system = store
    paths = [f"_unfinished-{digit * 32}/{part_name(0)}" for digit in "0123"]
    for path, hours in zip(paths, (25, 23, 0, 48), strict=True):
        system.pipe(f"{uri}/{path}", b"")
        file = system.store[system._strip_protocol(f"{uri}/{path}")]
        file.modified = datetime.now(UTC) - timedelta(hours=hours)
    newer = f"{paths[3].rpartition('/')[0]}/{part_name(1)}"
    system.pipe(f"{uri}/{newer}", b"")  # of a command that has run for long
    name = predict(uri, 1)
    assert listed(uri, system) == sorted([MARKER, name, *paths[1:], newer])
    assert "3 other predictions of the last 24 hours did not end" in capsys.readouterr().err


@pytest.mark.slow
def test_a_store_holds_the_parts_that_were_answered(bucket, monkeypatch):
    uri = "s3://shop/results/top"
    with begun_store(uri) as parts:
        names = [write(parts, 0, [1, 2]), write(parts, 1, [3])]
        write(parts, 1, [3])
        assert all(name.startswith("_unfinished-") for name in listed(uri, bucket))
        with parts.opened(names[0]) as source:
            assert pq.read_table(source)["row"].to_pylist() == [1, 2]
        parts.commit(names, 3)
    assert_whole(uri, bucket, names)
    with pytest.raises(KeyboardInterrupt):
        interrupted(uri)
    assert_whole(uri, bucket, names)
    bucket.touch(f"{uri}/{OLD}/{part_name(0)}")  # of a process that was killed
    again = predict(uri, 9)
    assert len(listed(uri, bucket)) == 3
    monkeypatch.setattr(store_parts, "HOURS", 0)
    again = predict(uri, 9)
    assert_whole(uri, bucket, [again])


@pytest.mark.slow
def test_other_things_in_a_store_are_left_alone(bucket):
    bucket.touch("shop/mine/notes.txt")
    for uri, said in (
        ("s3://shop/mine", "'notes.txt', which"),
        ("s3://shop/mine/notes.txt", "a file"),
    ):
        with pytest.raises(SeqrecError, match=said):
            begun_store(uri).__enter__()
    assert listed("s3://shop/mine", bucket) == ["notes.txt"]
