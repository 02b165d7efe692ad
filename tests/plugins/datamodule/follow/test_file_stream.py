"""Every row of every file is in one batch, wherever a stream was stopped and went on."""

import itertools
from types import SimpleNamespace

import pytest
from seqrec_datamodule_follow import file_stream

from seqrec_core.errors import DataError


def ids(batches):
    return [batch["query_id"].tolist() for batch in batches]


def flat(passes):
    return [number for one in passes for batch in one for number in batch]


@pytest.fixture
def three(add):
    """Rows 0 to 99 in three files, and one without rows between them."""
    for name, first, stop in (("a", 0, 30), ("b", 30, 31), ("bb", 31, 31), ("c", 31, 100)):
        add(f"{name}.parquet", first, stop)


def test_each_pass_is_a_file_and_then_there_is_nothing(stream, three):
    it = stream()
    lengths, passes = [], []
    while it.has_more():
        lengths.append(len(it))
        passes.append(ids(it))
    assert [len(each) for each in passes] == lengths == [4, 1, 9]
    assert [sorted(flat([each])) for each in passes] == [[*range(30)], [30], [*range(31, 100)]]
    assert flat(passes) != sorted(flat(passes)), "the rows of a file are shuffled"
    assert (ids(it), len(it)) == ([], 0)


@pytest.mark.parametrize("stop", [0, 1, 3, 4, 5, 6, 13, 14])
def test_a_stream_goes_on_with_the_next_row(stream, three, stop):
    expected = [batch for it in [stream()] * 3 for batch in ids(it)]
    first, left, seen = stream(), stop, []
    while left:
        part = ids(itertools.islice(first, min(left, len(first))))
        seen, left = seen + part, left - len(part)
    second = stream(first.state_dict())
    assert second.state_dict() == first.state_dict()
    rest = [batch for _ in range(4) for batch in ids(second)]
    assert seen + rest == expected


def test_a_file_that_comes_while_another_is_read_is_read_next(stream, add):
    add("a.parquet", 0, 30)
    it = stream()
    rows = []
    for number, batch in enumerate(it):
        rows += batch["query_id"].tolist()
        if number == 1:
            add("b.parquet", 30, 50)
    assert it.has_more()
    assert sorted(rows + flat([ids(it)])) == [*range(50)]


@pytest.mark.parametrize("item", [100, 101, -1])
def test_a_file_that_does_not_fit_is_refused_before_its_first_batch(stream, add, item):
    name = "b.parquet"
    add("a.parquet", 0, 8)
    it = stream()
    list(it)
    state = it.state_dict()
    add(name, 8, 40, item=item)
    said = (
        rf"{name}: column 'item_id', row 31: {item} is .*"
        "nothing of this file was trained on.*--resume"
    )
    with pytest.raises(DataError, match=said) as caught:
        it.has_more()
    assert ("`seqrec update`" in str(caught.value)) == (item >= 0)
    assert it.state_dict() == state
    add(name, 8, 40)
    assert sorted(flat([ids(it)])) == [*range(8, 40)]


def test_a_file_that_changes_in_the_middle_is_named(stream, add, folder):
    add("a.parquet", 0, 16)
    size = (folder / "a.parquet").stat().st_size
    it = stream()
    next(iter(it))
    state = it.state_dict()
    for first in range(1, 200):
        add("a.parquet", 9 * first, 9 * first + 16)
        if (folder / "a.parquet").stat().st_size == size:
            break
    with pytest.raises(DataError, match=r"a\.parquet has changed since its first 1 batches"):
        stream(state).has_more()


def test_a_pass_over_another_file_than_was_begun_says_so(stream, three):
    class MovedError(Exception):
        pass

    def moved():
        raise MovedError

    it = stream()
    it.begin(moved)
    assert len(ids(it)) == len(it) == 4
    state = it.state_dict()
    with pytest.raises(MovedError):
        next(iter(it))
    assert len(it) == 4, "a trainer that asks again hears the same"
    later = stream()
    later.begin(moved)
    later.load_state_dict(state)
    with pytest.raises(MovedError):
        next(iter(later))
    later.begin(moved)
    assert len(ids(later)) == len(later) == 1


def test_where_no_file_is_there_a_pass_says_so_and_a_folder_that_is_gone_is_an_error(
    stream, add, folder
):
    class MovedError(Exception):
        pass

    def moved():
        raise MovedError

    add("a.parquet", 0, 8)
    it = stream()
    assert len(ids(it)) == 1
    state = it.state_dict()
    (folder / "a.parquet").unlink()
    later = stream()
    later.begin(moved)
    assert len(later) == 1
    later.load_state_dict(state)
    with pytest.raises(MovedError):
        next(iter(later))
    folder.rmdir()
    assert not stream().has_more()
    with pytest.raises(DataError, match=r"stream, is gone, and files of it were trained on"):
        next(iter(later))


def test_a_file_that_comes_back_is_not_trained_on_again(stream, three, folder):
    it = stream()
    assert len(ids(it)) == 4
    (folder / "a.parquet").rename(folder / "_a")
    assert [len(ids(it)) for _ in range(2)] == [1, 9]
    (folder / "_a").rename(folder / "a.parquet")
    assert not stream(it.state_dict()).has_more()


def test_several_processes_are_refused(stream, three, monkeypatch):
    monkeypatch.setattr(file_stream, "ProcessReplicas", lambda: SimpleNamespace(num_replicas=2))
    with pytest.raises(DataError, match=r"one process, and here are 2; set trainer\.devices to 1"):
        next(iter(stream()))
