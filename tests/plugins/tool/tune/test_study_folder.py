"""The folder of a search: who may begin there, and who may go on."""

import pytest
from seqrec_tool_tune.study_folder import QUESTION, StudyFolder

from seqrec_core.errors import DataError, SeqrecError

ASKED = {"spec": {"seed": 1, "data": {"folder": "a", "batch_size": 2}}, "space": {"x": [1]}}


def test_it_begins_once_and_goes_on_where_that_is_asked_for(tmp_path):
    folder = StudyFolder(tmp_path / "study")
    folder.open(ASKED, resume=True)
    with pytest.raises(SeqrecError, match="by --resume, or choose another"):
        folder.open(ASKED, resume=False)
    folder.open(ASKED, resume=True)
    assert folder.trial(3) == tmp_path / "study" / "trials" / "3"
    assert folder.log(3).parent.is_dir()


def test_it_goes_on_as_it_was_but_its_data_may_have_moved(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.open(ASKED, resume=False)
    folder.open({**ASKED, "spec": {"seed": 1, "data": {"folder": "b", "batch_size": 2}}}, True)
    for name, other in (("space", {"x": [2]}), ("spec", {"seed": 2})):
        with pytest.raises(SeqrecError, match=f"the {name} differs"):
            folder.open({**ASKED, name: other}, resume=True)


@pytest.mark.parametrize("text", ["{", "3"])
def test_a_damaged_one_is_named(tmp_path, text):
    (tmp_path / QUESTION).write_text(text)
    with pytest.raises(DataError, match=r"study\.json is damaged"):
        StudyFolder(tmp_path).open(ASKED, resume=True)
