"""What may have happened to a folder since its files were read."""

import pytest
from seqrec_datamodule_follow.arrivals import Arrival
from seqrec_datamodule_follow.stream_position import Position

from seqrec_core.errors import DataError


def files(**sizes):
    return [Arrival(name, f"/stream/{name}", size) for name, size in sizes.items()]


def after(*there):
    position = Position()
    for file in there:
        position.take(file)
    return position


def test_the_first_file_that_was_not_read_comes_next():
    position = after(*files(a=1, b=2))
    assert position.coming(files(a=1, b=2)) is None
    assert position.coming(files(a=1, b=2, c=3, d=4)).name == "c"


def test_files_that_were_read_may_be_removed_and_come_back():
    position = after(*files(a=1, b=2))
    assert position.coming(files(c=3)).name == "c"
    position.take(*files(c=3))
    assert position.coming([]) is None
    assert position.coming(files(a=1, b=2, c=3)) is None
    assert position.coming(files(a=1, c=3, d=1)).name == "d"
    with pytest.raises(DataError, match=r"b was trained on when it had another length"):
        position.coming(files(b=3))


def test_a_state_says_all_of_it():
    position = after(*files(a=1, b=2))
    assert not position.is_start
    position.file, position.batch, position.digest = "c", 4, "x"
    again = Position.of(position.state())
    assert again == position
    assert again.state() == position.state()
    again.take(*files(c=3))
    assert again != position
    assert Position.of(Position().state()).is_start


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (files(a=1, b=9, c=3), "/stream/b was trained on when it had another length; it has 9"),
        (files(a=1, aa=5, b=2, c=3), "/stream/aa has come before 'c'.*trained on twice"),
        (files(a=1, b=2, d=3), "'c' is gone, of which 4 batches were trained on"),
        (files(a=1, b=2), "'c' is gone"),
        (files(a=1, b=2, bb=4, c=3), "/stream/bb has come before 'c'"),
    ],
)
def test_what_has_changed_behind_the_position_is_named(there, said):
    position = after(*files(a=1, b=2))
    position.file, position.batch = "c", 4
    with pytest.raises(DataError, match=said):
        position.coming(there)
