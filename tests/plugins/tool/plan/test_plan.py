import pytest
from seqrec_tool_plan.plan import in_units, process_bytes, size_of

from seqrec_core.errors import SeqrecError
from seqrec_core.session import load_resolved

MB = 2**20


def test_sizes_are_read_and_written_in_units():
    assert size_of("8GB") == 8 * 10**9
    assert size_of("1.5 MiB") == 1.5 * MB
    assert in_units(84_502_684) == "84.5 MB"
    assert in_units(999_900) == "1 MB"
    with pytest.raises(SeqrecError, match="--memory is '8'; give a size such as 8GB"):
        size_of("8")


@pytest.mark.parametrize("size", [1, 12.3, 999, 1e3, 45_678, 1e6, 3.2e9, 1e12])
def test_what_is_written_is_read_as_nearly_the_same(size):
    text = in_units(size)
    if text.endswith(" B"):
        assert float(text.removesuffix(" B")) == pytest.approx(size, rel=0.005)
    else:
        assert size_of(text) == pytest.approx(size, rel=0.005)


def test_the_process_is_counted_with_its_libraries(spec):
    import psutil

    process = process_bytes(load_resolved(spec()).recipe)
    assert process == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
