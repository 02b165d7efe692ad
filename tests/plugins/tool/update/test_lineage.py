"""Where a bundle comes from."""

import pytest
from seqrec_tool_update.lineage import LINEAGE, read_lineage

from seqrec_core.errors import SeqrecError


def test_a_run_from_the_beginning_has_none(tmp_path):
    assert read_lineage(tmp_path) == []


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]"])
def test_a_damaged_file_is_refused_with_its_place(tmp_path, text):
    (tmp_path / LINEAGE).write_text(text)
    with pytest.raises(SeqrecError, match=LINEAGE):
        read_lineage(tmp_path)
