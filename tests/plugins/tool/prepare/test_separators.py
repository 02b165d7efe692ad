"""What stands between fields is said in words or found in the first line."""

import pytest
from seqrec_tool_prepare.separators import Separator

from seqrec_core.errors import DataError


@pytest.mark.parametrize(
    ("option", "text", "mark"),
    [
        ("tab", "\t", "\t"),
        ("space", None, None),
        ("::", "::", None),
        ("\\x01", "\x01", "\x01"),
        ("§", "§", None),
    ],
)
def test_options_are_marks_of_one_byte_or_longer_ones(option, text, mark):
    assert (Separator.of(option).text, Separator.of(option).mark) == (text, mark)


@pytest.mark.parametrize("option", ["", '"', "a\n"])
def test_what_separates_nothing_is_refused(option):
    with pytest.raises(DataError, match=r"--separator .* separates nothing"):
        Separator.of(option)


@pytest.mark.parametrize(
    ("line", "text"),
    [("a;b;c", ";"), ("1::2", "::"), ("1::a::x|y|z", "::"), ("1 2  3", None), ("alone", ",")],
)
def test_the_likely_mark(line, text):
    assert Separator.likely(line, alone=True).text == text
