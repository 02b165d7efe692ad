import pytest
from seqrec_tool_plan.quantities import count_of, in_units, number_of, size_of

from seqrec_core.errors import SeqrecError

MB = 2**20


def test_sizes_are_read_and_written_in_units():
    assert size_of("--memory", "8GB") == 8 * 10**9
    assert size_of("--memory", "1.5 MiB") == 1.5 * MB
    assert in_units(84_502_684) == "84.5 MB"
    assert in_units(999_900) == "1 MB"
    assert in_units(2.5e15) == "2.5 PB"


@pytest.mark.parametrize("text", ["5e9", "5G", "5_000_000_000", "5000000000", "5E+9", " 5000 m "])
def test_counts_are_read_as_people_write_them(text):
    assert count_of("--events", text) == 5_000_000_000


@pytest.mark.parametrize(
    "text", ["", "0", "-5", "1.5", "5B", "5 billion", "1e400", "nan", "inf", "0x10", "_", "5e-1"]
)
def test_what_is_no_count_is_named_with_the_remedy(text):
    with pytest.raises(SeqrecError, match=r"--events is .*; give a whole number .* such as 5e9"):
        count_of("--events", text)


def test_rounds_may_be_none():
    assert count_of("--kcore-rounds", "0", least=0) == 0
    for text in ("-1", "", "0.5", "none"):
        with pytest.raises(SeqrecError, match="give a whole number of at least 0"):
            count_of("--kcore-rounds", text, least=0)


@pytest.mark.parametrize("text", ["8", "GB", "0GB", "-1GB", "8XB", "1e400GB"])
def test_what_is_no_size_is_named_with_the_remedy(text):
    with pytest.raises(SeqrecError, match=r"--memory is .*; give a size such as 8GB"):
        size_of("--memory", text)


@pytest.mark.parametrize("text", ["0", "-1", "free", "nan", "1e999", ""])
def test_what_is_no_number_is_named_with_the_remedy(text):
    assert number_of("--price", "2.5") == 2.5
    with pytest.raises(SeqrecError, match=r"--price is .*; give a number above 0"):
        number_of("--price", text)


@pytest.mark.parametrize("size", [1, 12.3, 999, 1e3, 45_678, 1e6, 3.2e9, 1e12, 7e15])
def test_what_is_written_is_read_as_nearly_the_same(size):
    text = in_units(size)
    if text.endswith(" B"):
        assert float(text.removesuffix(" B")) == pytest.approx(size, rel=0.005)
    else:
        assert size_of("--memory", text) == pytest.approx(size, rel=0.005)
