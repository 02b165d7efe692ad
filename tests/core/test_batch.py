import pytest

from seqrec_core.batch import column


def test_a_column_is_what_the_batch_holds():
    assert column({"a": 1}, "a", "copy") == 1


def test_a_missing_column_is_named_with_those_there_are_and_the_transform():
    with pytest.raises(KeyError, match=r"no column 'b' for copy, only \['a'\]"):
        column({"a": 1}, "b", "copy")
