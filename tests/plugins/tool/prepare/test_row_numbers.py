"""Numbers of rows leave room for files, rows and places."""

import pytest
from seqrec_tool_prepare.row_numbers import PLACE_BITS, row_bits


@pytest.mark.parametrize(("files", "rows"), [(1, 2**39), (2, 2**38), (3, 2**37), (1024, 2**29)])
def test_the_last_place_of_the_last_file_is_a_number_of_63_bits(files, rows):
    assert 1 << row_bits(files) == rows
    last = ((files - 1 << row_bits(files)) + rows - 1 << PLACE_BITS) + 2**PLACE_BITS - 1
    assert last < 2**63
