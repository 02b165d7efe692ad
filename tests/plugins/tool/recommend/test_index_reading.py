"""An index of a folder, and what is said where nothing can read one."""

import sys

import pytest
from seqrec_tool_recommend.index_reading import index_in
from untrained_bundle import written

from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError, SeqrecError


def test_a_folder_without_an_index_is_refused(tmp_path):
    with pytest.raises(DataError, match="is no index"):
        index_in(tmp_path, Bundle.load(written(tmp_path)))


def test_the_library_that_is_missing_is_named_with_what_brings_it(tmp_path, monkeypatch):
    bundle = Bundle.load(written(tmp_path))
    monkeypatch.setitem(sys.modules, "seqrec_library_nearest.index_folder", None)
    with pytest.raises(SeqrecError, match=r'pip install "seqrec\[index\]"'):
        index_in(tmp_path, bundle)
