"""Pieces as tasks of Spark: each is answered once, whatever dies; faults are sentences."""

import threading

import pytest
from seqrec_engine_spark.spark_engine import SparkEngine

from seqrec_core.errors import SeqrecError

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("partitions", [None, 2])
def test_every_piece_is_answered_once_though_a_process_is_killed(
    spark, scaling, files, tmp_path, partitions
):
    work = scaling(3, "kill", tmp_path / "flag")
    answers = list(SparkEngine(partitions=partitions).map(work, range(6), files))
    assert (tmp_path / "flag").exists()
    assert answers == [(piece, 7 * piece) for piece in range(6)]


def test_an_error_of_the_work_is_one_sentence(spark, scaling, files):
    with pytest.raises(SeqrecError) as error:
        list(SparkEngine().map(scaling(2, "raise"), range(3), files))
    said = "engine spark: piece 2 of 3 failed: ValueError: no star\nof that name"
    assert str(error.value) == said


def test_a_piece_that_kills_every_process_is_given_up(spark, scaling, files):
    with pytest.raises(SeqrecError, match=r"the process of task 1 died 4 times.*memory"):
        list(SparkEngine().map(scaling(1, "kill"), range(2), files))


def test_the_active_session_goes_on_as_it_was(spark, scaling, files, capfd):
    before = dict(spark.sparkContext.getConf().getAll())
    engine = SparkEngine("local[1]", {"spark.executor.memory": "9g"})
    assert list(engine.map(scaling(), [5], files)) == [(0, 35)]
    assert "the active session is used" in capfd.readouterr().out
    assert dict(spark.sparkContext.getConf().getAll()) == before
    assert spark.range(3).count() == 3


def test_the_session_of_another_thread_goes_on_too(spark, scaling, files):
    answers = []

    def ask():
        answers.extend(SparkEngine().map(scaling(), [5], files))

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert answers == [(0, 35)]
    assert spark.range(3).count() == 3


def test_no_pieces_need_no_session(scaling, files):
    assert list(SparkEngine("nowhere").map(scaling(), [], files)) == []


def test_work_that_does_not_pickle_is_said(spark, files):
    with pytest.raises(SeqrecError, match="cannot be sent to another process"):
        list(SparkEngine().map(threading.Lock(), [1], files))
