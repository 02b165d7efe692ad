"""What an index answers, whoever asks and however often."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from large_bundle import item_table
from seqrec_library_nearest.item_index import ItemIndex

from seqrec_core.errors import DataError


@pytest.mark.parametrize("kind", ["ivf", "hnsw", "int8"])
def test_threads_get_what_one_gets(kind):
    index = ItemIndex.build(item_table(3_000), kind)
    queries = item_table(40, seed=1).split(4)
    expected = [index.nearest(each, 12) for each in queries]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            answers = pool.map(lambda each: index.nearest(each, 12), queries)
            assert all(map(torch.equal, answers, expected))


def test_each_item_stands_once_and_the_best_is_first():
    index = ItemIndex.build(item_table(3_000), "ivf").efforts()[-1]
    items, scores = index.search(item_table(10, seed=1), 50)
    assert all(len(set(row)) == 50 for row in items.tolist())
    assert (scores.diff() <= 0).all()


def test_queries_may_be_of_half_precision_and_carry_gradients():
    index = ItemIndex.build(item_table(500), "flat")
    queries = item_table(2, seed=1).requires_grad_()
    assert index.nearest(queries.half(), 5).shape == (2, 5)
    assert index.nearest(queries, 900).shape == (2, 500)


def test_another_kind_and_an_empty_table_are_refused():
    with pytest.raises(DataError, match="no index is of the kind 'lsh'; take one of ivf, hnsw"):
        ItemIndex.build(item_table(5), "lsh")
    with pytest.raises(DataError, match="nothing to find"):
        ItemIndex.build(torch.empty(0, 4), "flat")
