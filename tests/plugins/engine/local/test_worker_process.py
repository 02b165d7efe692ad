"""What a process of the pool answers."""

import pickle

import pytest
from seqrec_engine_local import worker_process
from seqrec_engine_local.worker_process import Fault, answered
from seqrec_library_engines.trial_works import Doubles, Fails, Unopened

from seqrec_core.errors import DataError


@pytest.fixture
def told(monkeypatch, tmp_path):
    """Tells this process of work, as `begin` does."""

    def tell(work):
        monkeypatch.setattr(worker_process, "_message", (pickle.dumps(work), tmp_path))
        monkeypatch.setattr(worker_process, "_opened", {})

    return tell


def test_the_work_is_opened_once(told):
    told(Doubles())
    assert [answered(4), answered(5)] == [8, 10]
    assert len(worker_process._opened) == 1


def test_faults_come_as_answers(told):
    told(Fails(1))
    error, said = answered(1)
    assert isinstance(error, DataError)
    assert str(error) == said == "stars.parquet: row 1 holds no star"
    told(Fails(1, is_strange=True))
    assert answered(1) == Fault(None, "StrangeError: 1: no such star")
    told(Unopened())
    assert "no bundle there" in answered(1).said
