"""The works that engines are tried with do what their names say."""

import pickle

import pytest
from seqrec_library_engines.trial_works import (
    Doubles,
    Fails,
    Reads,
    StrangeError,
    Stumbles,
    Unopened,
)

from seqrec_core.errors import DataError


def test_works_pickle_and_answer(tmp_path):
    (tmp_path / "a").write_text("text")
    for work in (Doubles(), Fails(9), Stumbles(2, str(tmp_path))):
        answer = pickle.loads(pickle.dumps(work)).open(tmp_path)
        assert [answer(piece) for piece in (1, 2)] == (
            [1, 2] if isinstance(work, Fails) else [2, 4]
        )
    assert len([*tmp_path.glob("attempt-*")]) == 1
    assert Reads().open(tmp_path)("a")[0] == "text"


def test_works_fail_where_they_should(tmp_path):
    with pytest.raises(DataError, match="row 1 holds no star"):
        Fails(1).open(tmp_path)(1)
    with pytest.raises(StrangeError, match="no such star"):
        Fails(1, is_strange=True).open(tmp_path)(1)
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(StrangeError(1, "a")))
    with pytest.raises(DataError, match="no bundle there"):
        Unopened().open(tmp_path)
