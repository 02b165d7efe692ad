"""Names of parts: unique, and told from everything else."""

import pytest
from seqrec_tool_run.part_names import MARKER, check_names, is_part, part_name

from seqrec_core.errors import SeqrecError


def test_names_sort_by_piece_and_never_repeat():
    names = [part_name(number) for number in (0, 0, 7, 1_234_567)]
    assert len({*names}) == 4
    assert all(map(is_part, names))
    assert sorted(names[1:]) == names[1:]


def test_what_is_no_part_is_named():
    check_names("top", [MARKER, part_name(3)])
    for name in ("notes.txt", "part-1.parquet", "_success", f"a/{part_name(1)}", ""):
        with pytest.raises(SeqrecError, match=f"top holds '{name}', which is no part"):
            check_names("top", [part_name(3), name])
