"""When a recommender asks its index, and when it does not."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from large_bundle import item_table, large
from popular_filter import PopularFilterSpec
from seqrec_library_nearest.index_folder import write_index
from seqrec_library_nearest.item_index import ItemIndex
from seqrec_tool_recommend.recommender import Recommender
from untrained_bundle import named

from seqrec_core import registry
from seqrec_core.bundle import Bundle
from seqrec_core.errors import DataError

HISTORIES = [named(range(start, start + 6)) for start in range(5)]


class Counted:
    """An exact index that counts its questions."""

    def __init__(self, table):
        self.index, self.asked = ItemIndex.build(table, "flat"), 0

    def nearest(self, queries, k):
        self.asked += 1
        return self.index.nearest(queries, k)


@pytest.fixture
def table():
    return item_table(2_000)


def both(folder, table, **settings):
    path = large(folder, len(table), table=table, **settings)
    index = Counted(table)
    return Recommender.load(path), Recommender.load(path, index=index), index


@pytest.mark.parametrize("keep_seen", [False, True])
def test_an_exact_index_changes_nothing(tmp_path, table, keep_seen):
    exact, by_index, index = both(tmp_path, table)
    expected = exact.recommend(HISTORIES, 7, keep_seen=keep_seen)
    answers = by_index.recommend(HISTORIES, 7, keep_seen=keep_seen, batch_size=2)
    assert index.asked == 3
    for answer, other in zip(answers, expected, strict=True):
        assert [row.item for row in answer] == [row.item for row in other]
        assert [row.score for row in answer] == pytest.approx([row.score for row in other])


def test_candidates_are_scored_without_the_index(tmp_path, table):
    exact, by_index, index = both(tmp_path, table)
    for candidates in (named(range(3, 40)), [named(range(9))] * 5):
        expected = exact.recommend(HISTORIES, 5, candidates=candidates)
        assert by_index.recommend(HISTORIES, 5, candidates=candidates) == expected
    assert index.asked == 0


def test_a_postprocessor_that_changes_scores_needs_them_all(tmp_path, table):
    component = registry.register("popular_filter", PopularFilterSpec)
    try:
        exact, by_index, index = both(tmp_path, table, filters=[{"type": "popular_filter"}])
    finally:
        registry.unregister(component)
    assert by_index.recommend(HISTORIES, 5) == exact.recommend(HISTORIES, 5)
    assert index.asked == 0
    by_index.recommend(HISTORIES, 5, keep_seen=True)
    assert index.asked == 1


def test_a_model_that_scores_otherwise_needs_no_index(tmp_path, table, monkeypatch):
    exact, by_index, index = both(tmp_path, table)
    monkeypatch.setattr(type(by_index.model), "last_hidden_state", lambda *_: None)
    assert by_index.recommend(HISTORIES, 5) == exact.recommend(HISTORIES, 5)
    assert index.asked == 0


def test_threads_may_share_a_recommender_with_an_index_of_its_folder(tmp_path, table):
    path = large(tmp_path, len(table), table=table)
    write_index(tmp_path / "index", ItemIndex.build(table, "hnsw"), Bundle.load(path), {})
    recommender = Recommender.load(path, index=tmp_path / "index")
    expected = [recommender.recommend([history], 5) for history in HISTORIES]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            answers = pool.map(lambda each: recommender.recommend([each], 5), HISTORIES)
            assert list(answers) == expected
    with pytest.raises(DataError, match=r"is no index: it has no index.json"):
        Recommender.load(path, index=tmp_path)


def _ask(recommender, answers):
    answers.put(recommender.recommend(HISTORIES, 5))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_asks_its_index(tmp_path, table):
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        recommender, index = both(tmp_path, table)[1:]
        expected = recommender.recommend(HISTORIES * 30, 5)[:5]  # of a batch: with threads
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        process = context.Process(target=_ask, args=(recommender, answers))
        process.start()
        got = answers.get(timeout=60)
        process.join(10)
    finally:
        torch.set_num_threads(threads)
    assert [[row.item for row in each] for each in got] == [
        [row.item for row in each] for each in expected
    ]
    assert index.asked == 3
