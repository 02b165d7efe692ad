"""What actors do with pieces, and how often a process may die, without Ray."""

import pickle
from types import SimpleNamespace

import pyarrow as pa
import pytest

ray = pytest.importorskip("ray", reason="needs ray: pip install 'ray[data]'")

from seqrec_engine_ray.ray_actor import Deaths, RayPieces  # noqa: E402
from seqrec_library_engines.trial_works import Doubles, Fails, Unopened  # noqa: E402


@pytest.fixture
def deaths(monkeypatch):
    """One that counts, called where it is."""
    counter = Deaths()
    monkeypatch.setattr(ray, "get", lambda value: value)
    begin, finish = SimpleNamespace(remote=counter.begin), SimpleNamespace(remote=counter.finish)
    return SimpleNamespace(counter=counter, begin=begin, finish=finish)


def rows(work, deaths, *numbers):
    folder = SimpleNamespace(here=lambda: "/nowhere")
    actor = RayPieces(pickle.dumps(work), folder, deaths, 4)
    pieces = [pickle.dumps(10 * number) for number in numbers]
    return actor(pa.table({"number": list(numbers), "piece": pieces})).to_pylist()


def test_a_row_has_the_number_and_the_answer(deaths):
    answers = rows(Doubles(), deaths, 3, 1)
    assert [(row["number"], pickle.loads(row["answer"])) for row in answers] == [(3, 60), (1, 20)]
    assert [row["fault"] for row in answers] == [None, None]


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (Fails(10), "stars.parquet: row 10 holds no star"),
        (Fails(10, is_strange=True), "StrangeError: 10: no such star"),
        (Unopened(), "nowhere: no bundle there"),
    ],
)
def test_what_the_work_raises_is_in_the_row(deaths, work, said):
    assert rows(work, deaths, 1) == [{"number": 1, "answer": None, "fault": said}]


def test_a_piece_on_which_processes_died_is_given_up(deaths):
    assert [deaths.counter.begin(1) for _ in range(4)] == [0, 1, 2, 3]
    [one, other] = rows(Doubles(), deaths, 1, 2)
    assert "its process died 4 times" in one["fault"]
    assert other["fault"] is None
    assert deaths.counter.begin(2) == 0, "a piece that was finished has killed nothing"
