"""Row-sparse gradients of imagined tables, against those of real ones."""

import pytest
import torch
from seqrec_optimizer_standard.row_adam import RowAdam
from seqrec_tool_plan.dry_run import DryRun
from torch import nn

ROWS, DIM, FLOAT, INDEX = 1000, 8, 4, 8
IDS = [[[1, 2, 2]], [[1, 9]]]


def tables():
    yield nn.Embedding(ROWS, DIM, sparse=True)
    for mode in ("sum", "mean"):
        yield nn.EmbeddingBag(ROWS, DIM, sparse=True, mode=mode)


def gradient(table, calls):
    loss = torch.zeros(())
    for ids in calls:
        loss = loss + (table(torch.tensor(ids)) * 2).sum()
    loss.backward()
    return table.weight.grad


@pytest.mark.parametrize("calls", [IDS[:1], IDS])
@pytest.mark.parametrize("number", range(3))
def test_a_gradient_takes_its_rows_and_their_indices(calls, number):
    real = gradient(list(tables())[number], calls)
    expected = sum(part.untyped_storage().nbytes() for part in (real._values(), real._indices()))
    assert expected == sum(len(ids[0]) for ids in calls) * (DIM * FLOAT + INDEX)
    each_once = real.coalesce().indices().tolist()
    with DryRun() as run:
        imagined = gradient(list(tables())[number], calls)
        assert run.nbytes(imagined) == expected
        merged = imagined.coalesce()
        assert merged.is_coalesced()
        assert merged.indices().tolist() == each_once
        assert merged.values().shape == (len(each_once[0]), DIM)


def test_a_gradient_is_counted_until_it_goes():
    with DryRun() as run:
        table = nn.Embedding(ROWS, DIM, sparse=True)
        gradient(table, IDS)
        held = run.live
        table.weight.grad = None
        assert held - run.live == 5 * (DIM * FLOAT + INDEX)


@pytest.mark.parametrize("exact", [False, True])
def test_a_step_on_rows_takes_a_few_rows_more(exact):
    with DryRun() as run:
        table = nn.Embedding(ROWS, DIM, sparse=True)
        optimizer = RowAdam(table.parameters(), exact=exact)
        gradient(table, IDS)
        optimizer.step()
        run.restart()
        before = run.live
        optimizer.step()
        rows = 3 * DIM * FLOAT
        assert 3 * rows <= run.peak - before <= 20 * rows


def test_of_ids_that_are_not_known_every_one_is_another_row():
    with DryRun() as run:
        table = nn.Embedding(ROWS, DIM, sparse=True)
        ids = (torch.rand(2, 3) * ROWS).long()
        (table(ids) * 2).sum().backward()
        assert run.nbytes(table.weight.grad) == 6 * (DIM * FLOAT + INDEX)
        assert len(table.weight.grad.coalesce().values()) == 6
