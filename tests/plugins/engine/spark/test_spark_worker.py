"""What a task does with the numbers of pieces, without Spark."""

import json
import pickle

import pyarrow as pa
import pytest
from seqrec_engine_spark.spark_worker import FAILED, PieceFailedError, SparkPieces
from seqrec_library_engines.trial_works import Doubles, Fails, Unopened


def pieces(work, count, call="one"):
    packed = tuple(pickle.dumps(10 * number) for number in range(count))
    return SparkPieces(call, pickle.dumps(work), packed, "/nowhere", is_archive=False)


def batches(*numbers):
    return [pa.RecordBatch.from_pydict({"id": list(part)}) for part in numbers]


def test_each_number_gets_the_answer_to_its_piece():
    rows = [batch.to_pylist() for batch in pieces(Doubles(), 5)(batches([3, 1], [4]))]
    assert [[row["number"] for row in part] for part in rows] == [[3], [1], [4]]
    assert [pickle.loads(part[0]["answer"]) for part in rows] == [60, 20, 80]


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (Fails(10), "stars.parquet: row 10 holds no star"),
        (Fails(10, is_strange=True), "StrangeError: 10: no such star"),
        (Unopened(), "nowhere: no bundle there"),
    ],
)
def test_what_the_work_raises_is_passed_on_in_one_line(work, said):
    with pytest.raises(PieceFailedError) as error:
        list(pieces(work, 3, call=said)(batches([1])))
    assert str(error.value) == f"{FAILED} {json.dumps([1, said])}"


def test_a_process_opens_the_work_once_a_call():
    class Counted:
        opened = 0

        def open(self, files):
            Counted.opened += 1
            return str

    import cloudpickle

    function = SparkPieces("a", cloudpickle.dumps(Counted()), (b"N.",) * 4, "/x", False)
    list(function(batches([0, 1], [2])))
    list(function(batches([3])))
    assert len({id(value) for value in [function._open(), function._open()]}) == 1
