"""Pieces among actors of Ray: each is answered once, whatever dies; faults are sentences."""

import threading

import pytest
from seqrec_engine_ray.ray_engine import RayEngine
from seqrec_library_engines.trial_works import Doubles, Fails, Stumbles

from seqrec_core.errors import SeqrecError

pytestmark = pytest.mark.slow


def test_every_piece_is_answered_once_though_a_process_is_killed(cluster, files, tmp_path, capfd):
    answers = RayEngine(concurrency=2).map(Stumbles(3, str(tmp_path)), range(6), files)
    assert sorted(answers) == [(piece, 2 * piece) for piece in range(6)]
    assert len([*tmp_path.glob("attempt-*")]) == 2
    assert cluster.is_initialized(), "it was in use before"


def test_a_piece_that_kills_every_process_is_given_up(cluster, files, tmp_path):
    work = Stumbles(1, str(tmp_path), deaths=99)
    with pytest.raises(SeqrecError, match=r"piece 1 of 2 failed: its process died 4 times.*memory"):
        list(RayEngine(concurrency=1).map(work, range(2), files))


def test_an_error_of_the_work_is_one_sentence(cluster, files):
    with pytest.raises(SeqrecError) as error:
        list(RayEngine().map(Fails(1, is_strange=True), range(3), files))
    assert str(error.value) == "engine ray: piece 1 of 3 failed: StrangeError: 1: no such star"


def test_actors_that_no_machine_has_room_for_are_refused(cluster, files):
    with pytest.raises(SeqrecError, match="asks for 1 cores and 1 GPUs"):
        list(RayEngine(num_gpus=1).map(Doubles(), [1], files))


def test_work_that_does_not_pickle_is_said(cluster, files):
    with pytest.raises(SeqrecError, match="cannot be sent to another process"):
        list(RayEngine().map(threading.Lock(), [1], files))
