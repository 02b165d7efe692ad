"""Each kind of index on tables whose best items a matrix product finds."""

import pytest
import torch
from large_bundle import item_table
from seqrec_library_nearest.index_kinds import KINDS
from seqrec_library_nearest.item_index import ItemIndex


def best(table, queries, k):
    return (queries.double() @ table.double().T).topk(k).indices


def share(items, expected):
    rows = zip(items.tolist(), expected.tolist(), strict=True)
    return sum(len({*row} & {*right}) for row, right in rows) / expected.numel()


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize(
    "kind", ["flat", "int8", "ivf", pytest.param("hnsw", marks=pytest.mark.slow)]
)
def test_effort_buys_recall(kind, clustered):
    table = item_table(20_000, clustered=clustered)
    queries = item_table(64, seed=1) if not clustered else table[::317][:64] + 0.3
    expected = best(table, queries, 10)
    efforts = ItemIndex.build(table, kind).efforts()
    recalls = [share(index.nearest(queries, 20), expected) for index in (efforts[0], efforts[-1])]
    assert recalls[-1] >= 0.98
    assert recalls[0] <= recalls[-1]


def test_ivf_with_all_cells_and_flat_are_exact():
    table, queries = item_table(5_000), item_table(20, seed=1)
    expected = (queries @ table.T).topk(30).values
    for kind in ("flat", "ivf"):
        items, scores = ItemIndex.build(table, kind).efforts()[-1].search(queries, 30)
        torch.testing.assert_close(scores, expected, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(
            (queries.unsqueeze(1) * table[items]).sum(-1), scores, rtol=1e-4, atol=1e-4
        )


def test_8_bits_are_a_quarter_of_the_table_and_off_by_less_than_half_a_step():
    table, queries = item_table(5_000), item_table(20, seed=1)
    index = ItemIndex.build(table, "int8")
    assert index.index.code_size * 4 == table[0].numel() * table.element_size()
    items, scores = index.search(queries, 10)
    exact = (queries.unsqueeze(1) * table[items]).sum(-1)
    step = (table.amax(0) - table.amin(0)) / 255
    most = (queries.abs() * step).sum(-1, keepdim=True)
    assert ((scores - exact).abs() <= most).all()
    assert (scores != exact).any()


@pytest.mark.parametrize("kind", ["ivf", "hnsw"])
def test_more_items_than_the_effort_holds_come_when_asked_for(kind):
    index = ItemIndex.build(item_table(5_000), kind)
    assert (index.nearest(item_table(8, seed=1), 1_000) >= 0).float().mean() > 0.99


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("items", [1, 3])
def test_a_catalogue_may_be_tiny(kind, items):
    index = ItemIndex.build(item_table(items), kind)
    [nearest] = index.nearest(item_table(1, seed=1), 10).tolist()
    assert sorted(set(nearest) - {-1}) == list(range(items))
